use super::{LogFormat, Settings, Sources, load};

fn settings(toml: &str) -> anyhow::Result<Settings> {
    load(&Sources::default().with(toml.parse().unwrap()))
}

fn complaint(toml: &str) -> String {
    format!("{:#}", settings(toml).unwrap_err())
}

#[test]
fn nothing_said_means_the_documented_defaults() {
    let settings = settings("").unwrap();
    assert_eq!(settings.database.url, "sqlite://dragoman.db");
    assert_eq!(settings.operations.listen.to_string(), "127.0.0.1:9090");
    assert_eq!(settings.passwords.bcrypt_cost, 12);
    assert_eq!(settings.server.body_limit, 1024 * 1024);
    assert!(settings.mounts.is_empty());
}

#[test]
fn a_table_lies_over_the_defaults() {
    let settings = settings("[keys]\nfile = 'k'\n[log]\nformat = 'json'\n[onyx]\naccess_token_seconds = 5").unwrap();
    assert_eq!(settings.keys.file.to_str(), Some("k"));
    assert_eq!(settings.log.format, LogFormat::Json);
    assert_eq!(settings.onyx.access_token_seconds, 5);
    assert_eq!(settings.onyx.refresh_token_seconds, 30 * 24 * 60 * 60);
}

#[test]
fn the_environment_lies_over_the_file() {
    let sources = Sources::default()
        .with("[passwords]\nbcrypt_cost = 10\n[database]\nurl = 'sqlite://a.db'".parse().unwrap())
        .with_variable("DRAGOMAN__PASSWORDS__BCRYPT_COST", "11")
        .with_variable("DRAGOMAN__JWT__ALLOWED_ORIGINS", r#"["https://a.example"]"#)
        .with_variable("DRAGOMAN__AMADIS__CLIENT_ID", "007");
    let settings = load(&sources).unwrap();
    assert_eq!(settings.passwords.bcrypt_cost, 11);
    assert_eq!(settings.database.url, "sqlite://a.db");
    assert_eq!(settings.jwt.allowed_origins, ["https://a.example"]);
    assert_eq!(settings.amadis.client_id, "007");
}

#[test]
fn an_unknown_key_is_named_with_the_nearest_known_one() {
    let cases = [
        ("[passwords]\nbcrypt_cots = 10", "`passwords.bcrypt_cots`: did you mean `passwords.bcrypt_cost`?"),
        ("[databse]\nurl = 'x'", "`databse`: did you mean `database`?"),
        ("bcrypt_cost = 10", "`bcrypt_cost`: did you mean `passwords.bcrypt_cost`?"),
        ("[amadis]\nclient_secrt = 'x'", "`amadis.client_secrt`: did you mean `amadis.client_secret`?"),
        ("[[mount]]\ndialect = 'onyx'\nprefx = '/x'", "`mount.prefx` of mount 1: did you mean `mount.prefix`?"),
        (
            "[[mount]]\ndialect = 'onyx'\n[mount.legacy]\nurl = 'http://x'\ntimeout_secs = 3",
            "`mount.legacy.timeout_secs` of mount 1: did you mean `mount.legacy.timeout_seconds`?",
        ),
    ];
    for (toml, expected) in cases {
        assert_eq!(complaint(toml), format!("unknown setting {expected}"));
    }
}

#[test]
fn an_unknown_variable_is_an_unknown_key() {
    let error = load(&Sources::default().with_variable("DRAGOMAN__SERVER__WORKRES", "2")).unwrap_err();
    assert_eq!(error.to_string(), "unknown setting `server.workres`: did you mean `server.workers`?");
    assert!(load(&Sources::default().with_variable("DRAGOMAN____X", "2")).is_err());
}

#[test]
fn a_wrong_value_is_named() {
    let cases = [
        ("[passwords]\nbcrypt_cost = 'much'", "passwords.bcrypt_cost"),
        ("[passwords]\nbcrypt_cost = 3", "from 4 to 31"),
        ("[passwords]\nbcrypt_cost = 10.5", "passwords.bcrypt_cost"),
        ("[passwords]\nqueue = 9223372036854775807", "passwords.queue"),
        ("[database]\nurl = true", "database.url"),
        ("[database]\ntimeout_seconds = 9223372036854775807", "database.timeout_seconds"),
        ("[server]\nworkers = 513", "server.workers"),
        ("[jwt]\nissuer = []", "jwt.issuer"),
        ("[server]\nbody_limit = -1", "server.body_limit"),
        ("[log]\nformat = 'xml'", "expected `human` or `json`"),
        ("[operations]\nlisten = 'here'", "operations.listen"),
        ("[[mount]]\nlisten = '127.0.0.1:1'", "dialect"),
        ("[[mount]]\ndialect = 'onyx'\nprofile = 'seen'", "expected `documented` or `observed`"),
        ("mount = 3", "mount"),
        ("[[mount]]\ndialect = 'onyx'\n[mount.legacy]\nurl = 'http://x'\nconcurrency = 0", "mount.legacy.concurrency"),
        ("[[mount]]\ndialect = 'onyx'\n[mount.legacy]", "mount 1: legacy.url"),
        ("[[mount]]\ndialect = 'onyx'\n[mount.legacy]\ncreate = 'maybe'", "mount"),
        ("[onyx]\naccess_token_seconds = 'long'", "onyx.access_token_seconds"),
    ];
    for (toml, expected) in cases {
        let complaint = complaint(toml);
        assert!(complaint.contains(expected), "{complaint}");
        assert!(!complaint.contains('\n'), "{complaint}");
    }
}
