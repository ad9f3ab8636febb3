//! Dumps as the three programs write them; `tests/moving` has whole ones.

use serde_json::json;

use super::{fault, of_table, read};
use crate::Format::Sql;

#[test]
fn a_mysqldump_is_read_with_its_escapes() {
    let dump = r"-- MariaDB dump 10.19
/*!40101 SET NAMES utf8mb4 */;
DROP TABLE IF EXISTS `users`;
/*!40101 SET character_set_client = utf8 */;
CREATE TABLE `users` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `name` varchar(255) DEFAULT 'a,b)' COMMENT 'it''s (so)',
  `key` varbinary(4),
  `price` decimal(5,2),
  PRIMARY KEY (`id`), KEY `by_name` (`name`(10),`key`)
) ENGINE=InnoDB;
LOCK TABLES `users` WRITE;
INSERT INTO `users` VALUES (1,'O\'Neil \\ ''x'' \n\0\Z\%',0x00fF,-1.50),(2,NULL,_binary 'a\0',NULL);
INSERT INTO `users` VALUES (3,'a;(b),--c','',2.5);
UNLOCK TABLES;
-- Dump completed on 2024-01-01
";
    assert_eq!(
        read(dump, Sql),
        [
            json!({"id": 1, "name": "O'Neil \\ 'x' \n\0\u{1a}\\%", "key": {"$bytes": "AP8="}, "price": "-1.50"}),
            json!({"id": 2, "name": null, "key": {"$bytes": "YQA="}, "price": null}),
            json!({"id": 3, "name": "a;(b),--c", "key": "", "price": 2.5}),
        ]
    );
}

#[test]
fn a_pg_dump_is_read_by_copy_and_by_inserts() {
    let copy = "--\n-- PostgreSQL database dump\n--\n\\restrict abc\nSET client_encoding = 'UTF8';\n\
        CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $_$BEGIN; 'it INSERT INTO users $$ END;$_$;\n\
        CREATE TABLE public.users (user_id uuid NOT NULL, name text, roles text[], CONSTRAINT c CHECK ((name <> ''::text)));\n\
        COPY public.others (a) FROM stdin;\nuser's\n\\.\n\
        COPY public.users (user_id, name, roles) FROM stdin;\n\
        a\tx\\ty\\\\z\\n\\x41\\101\t{ADMIN,USER}\nb\t\\N\t{}\n\\.\n\
        -- PostgreSQL database dump complete\n";
    let expected = [
        json!({"user_id": "a", "name": "x\ty\\z\nAA", "roles": "{ADMIN,USER}"}),
        json!({"user_id": "b", "name": null, "roles": "{}"}),
    ];
    assert_eq!(read(copy, Sql), expected);
    let inserts = "-- PostgreSQL database dump\nCREATE TABLE public.users (\n    user_id uuid,\n    name text,\n roles text[]\n);\n\
        INSERT INTO public.users VALUES ('a', 'x\ty\\z\nAA', '{ADMIN,USER}'::text[]) ON CONFLICT DO NOTHING;\n\
        INSERT INTO public.users (user_id, name, roles) OVERRIDING SYSTEM VALUE VALUES ('b', NULL, '{}');\n\
        -- PostgreSQL database dump complete\n";
    assert_eq!(read(inserts, Sql), expected);
}

#[test]
fn a_dump_of_sqlite_is_read_with_its_expressions() {
    let dump = r#"PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE IF NOT EXISTS "users" (id INTEGER PRIMARY KEY, key TEXT, [odd name] TEXT, UNIQUE (key));
INSERT INTO users VALUES(1,replace('a\nb','\n',char(10)),X'00ff');
INSERT INTO users VALUES(2,unistr('caf\u00e9\u000a\\'),1.5);
INSERT INTO users VALUES(3,'a'||char(0,10)||'b',9223372036854775808);
CREATE TRIGGER t AFTER INSERT ON users BEGIN SELECT CASE WHEN 1 THEN 2 END; INSERT INTO users VALUES(new.id); END;
COMMIT;
"#;
    assert_eq!(
        read(dump, Sql),
        [
            json!({"id": 1, "key": "a\nb", "odd name": {"$bytes": "AP8="}}),
            json!({"id": 2, "key": "café\n\\", "odd name": 1.5}),
            json!({"id": 3, "key": "a\0\nb", "odd name": "9223372036854775808"}),
        ]
    );
}

#[test]
fn routines_between_delimiters_are_passed_over() {
    let dump = "-- MySQL dump 10\nDELIMITER ;;\nCREATE TRIGGER t BEFORE INSERT ON users FOR EACH ROW BEGIN\n\
        INSERT INTO users VALUES (NEW.id); END ;;\nDELIMITER ;\nINSERT INTO users (id) VALUES (1);\n-- Dump completed\n";
    assert_eq!(read(dump, Sql), [json!({"id": 1})]);
}

#[test]
fn the_table_is_found_by_its_name_with_or_without_a_schema() {
    let dump =
        "INSERT INTO auth.users (a) VALUES (1); INSERT INTO public.users (a) VALUES (2); INSERT INTO x (a) VALUES (3);";
    let of = |table| {
        of_table(dump, Sql, table).into_iter().collect::<Result<Vec<_>, _>>().map_err(|fault| fault.to_string())
    };
    assert_eq!(of(Some("public.users")).unwrap().len(), 1);
    assert_eq!(of(Some("X")).unwrap().len(), 1);
    assert!(of(Some("users")).unwrap_err().contains("auth.users and of public.users"));
    assert!(of(None).unwrap_err().contains("say which"));
    assert!(of(Some("people")).unwrap_err().contains("there are: auth.users, public.users, x"));
}

#[test]
fn what_other_tables_hold_may_be_long_and_of_any_encoding() {
    let mut dump = b"INSERT INTO blobs VALUES ('".to_vec();
    dump.extend(std::iter::repeat_n(0xff, crate::RECORD_LIMIT * 2));
    dump.extend(b"'); INSERT INTO users (id) VALUES (1);");
    assert_eq!(read(dump, Sql), [json!({"id": 1})]);
}

#[test]
fn a_dump_that_is_cut_off_says_where() {
    assert!(fault("INSERT INTO users (a) VALUES (1),\n(2", Sql).starts_with("line 2: the file ends"));
    assert!(fault("INSERT INTO users (a) VALUES (1),\n('x\n\n", Sql).starts_with("line 2: the file ends"));
    assert!(fault("COPY users (a) FROM stdin;\n1\n2\n", Sql).starts_with("line 4: the file ends"));
    assert!(fault("-- MySQL dump 10\nINSERT INTO users (a) VALUES (1);\n", Sql).contains("cut off"));
    assert!(fault("BEGIN;\nINSERT INTO users (a) VALUES (1);\n", Sql).contains("cut off"));
    assert!(
        fault("PRAGMA foreign_keys=OFF;\nCREATE TABLE users(a);ROLLBACK; -- due to errors\n", Sql).contains("given up")
    );
}

#[test]
fn what_is_no_plain_value_is_refused_with_its_line() {
    assert!(
        fault("INSERT INTO users (a) VALUES\n(now());", Sql).starts_with("line 2: a value that is not written out")
    );
    assert!(fault("INSERT INTO users (a,b) VALUES (1);", Sql).contains("1 values for 2 columns"));
    assert!(fault("INSERT INTO users VALUES (1);", Sql).contains("no CREATE TABLE"));
    assert!(fault("INSERT INTO users (a) SELECT 1;", Sql).contains("without VALUES"));
    assert!(fault("CREATE TABLE users (a int, a int);", Sql).contains("twice"));
}

#[test]
fn other_encodings_are_refused_with_the_line() {
    assert!(fault("SET client_encoding = 'LATIN1';", Sql).contains("\"LATIN1\""));
    assert!(fault("-- x\n/*!40101 SET NAMES latin1 */;", Sql).starts_with("line 2: the dump is in \"latin1\""));
    assert!(fault(b"INSERT INTO users (a) VALUES (1),\n('\xe9');", Sql).starts_with("line 2: not UTF-8"));
}

#[test]
fn a_script_that_changes_rows_behind_them_is_no_dump() {
    let rows = "CREATE TABLE users (id int, name text);\nINSERT INTO public.users (id) VALUES (1);\n";
    for change in [
        "UPDATE users SET name = 'x';",
        "UPDATE OR IGNORE \"users\" SET name = 'x';",
        "DELETE FROM ONLY public.users WHERE id = 1;",
        "TRUNCATE TABLE users;",
        "DROP TABLE IF EXISTS users;",
        "ALTER TABLE users RENAME COLUMN name TO login;",
        "ALTER TABLE ONLY users ADD PRIMARY KEY (id, name), DROP COLUMN name;",
        "ALTER TABLE users ADD COLUMN login text;",
        "ALTER TABLE users CHANGE name login text;",
    ] {
        let told = fault(format!("{rows}{change}\nSELECT 1;\n"), Sql);
        assert!(told.starts_with("line 3: this is no dump but a script"), "{change} {told}");
    }
}

#[test]
fn what_dumps_say_of_a_table_beside_its_rows_changes_none() {
    let dump = "DROP TABLE IF EXISTS users;\nDELETE FROM users;\nCREATE TABLE users (id int, name text);\n\
        INSERT INTO users VALUES (1, 'a');\n\
        DELETE FROM sqlite_sequence;\nUPDATE others SET name = 'x';\nALTER SEQUENCE users OWNED BY users.id;\n\
        ALTER TABLE users ADD PRIMARY KEY (id), ADD UNIQUE KEY name (name), MODIFY id int AUTO_INCREMENT;\n\
        ALTER TABLE ONLY users ALTER COLUMN id SET DEFAULT nextval('users_id_seq');\n\
        ALTER TABLE users OWNER TO somebody;\nALTER TABLE users DROP CONSTRAINT c, RENAME INDEX a TO b;\n\
        INSERT INTO users VALUES (2, 'b');\n";
    assert_eq!(read(dump, Sql), [json!({"id": 1, "name": "a"}), json!({"id": 2, "name": "b"})]);
}
