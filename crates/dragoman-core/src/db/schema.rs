//! The tables, for diesel; `migrations/` makes them.

diesel::table! {
    users (id) {
        id -> BigInt,
        uuid -> Text,
        username -> Nullable<Text>,
        email -> Nullable<Text>,
        name -> Text,
        username_folded -> Text,
        name_folded -> Text,
        roles -> Text,
        enabled -> Bool,
        facts -> Text,
        identities -> Text,
        created -> Timestamp,
        updated -> Timestamp,
        session_epoch -> BigInt,
    }
}

diesel::table! {
    user_counts (shard) {
        shard -> BigInt,
        users -> Integer,
    }
}

diesel::table! {
    /// The search index of SQLite; PostgreSQL's needs no table.
    users_search (rowid) {
        rowid -> BigInt,
        /// FTS5 has a hidden column of the table's name, which stands for all of them.
        #[sql_name = "users_search"]
        every_column -> Text,
    }
}

diesel::table! {
    login_names (folded, realm) {
        folded -> Text,
        realm -> Text,
        user_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    credentials (user_id) {
        user_id -> BigInt,
        password_hash -> Nullable<Text>,
        keeps_hash -> Bool,
        secret_digest -> Nullable<Binary>,
    }
}

diesel::table! {
    import_runs (id) {
        id -> BigInt,
        realm -> Text,
        source -> Text,
        digest -> Binary,
        options -> Text,
        position -> BigInt,
        begun -> Timestamp,
        finished -> Nullable<Timestamp>,
        undone -> Nullable<Timestamp>,
    }
}

diesel::table! {
    identities (id) {
        id -> BigInt,
        realm -> Text,
        user_id -> Nullable<BigInt>,
        run -> Nullable<BigInt>,
        made -> Bool,
        number -> Nullable<BigInt>,
        uuid -> Nullable<Text>,
        username -> Nullable<Text>,
        email -> Nullable<Text>,
        linked -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        keeps_hash -> Bool,
        record -> Nullable<Text>,
        keeps_password -> Bool,
        updated -> Timestamp,
    }
}

diesel::table! {
    left_out (id) {
        id -> BigInt,
        run -> BigInt,
        realm -> Text,
        key -> Text,
        number -> Nullable<BigInt>,
        username -> Nullable<Text>,
        email -> Nullable<Text>,
        record -> Nullable<Text>,
    }
}

diesel::table! {
    number_marks (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    addresses (user_id, chain) {
        user_id -> BigInt,
        chain -> Text,
        address -> Text,
    }
}

diesel::table! {
    tokens (jti) {
        jti -> Text,
        user_id -> BigInt,
        realm -> Text,
        kind -> Text,
        family -> Text,
        expires -> Timestamp,
        spent -> Bool,
    }
}

diesel::table! {
    adoptions (jti) {
        jti -> Text,
        expires -> Timestamp,
    }
}

diesel::table! {
    locks (name) {
        name -> Text,
        taken -> BigInt,
    }
}

diesel::table! {
    audit_entries (id) {
        id -> BigInt,
        at -> Timestamp,
        event -> Text,
        dialect -> Text,
        actor_id -> Nullable<BigInt>,
        actor_name -> Nullable<Text>,
        subject_id -> Nullable<BigInt>,
        subject_name -> Nullable<Text>,
        address -> Nullable<Text>,
        outcome -> Text,
        detail -> Text,
        seal -> Binary,
        sequence -> Nullable<BigInt>,
        digest -> Nullable<Binary>,
    }
}

diesel::table! {
    audit_marks (name) {
        name -> Text,
        sequence -> BigInt,
        digest -> Binary,
        mac -> Binary,
    }
}

diesel::table! {
    guesses (key) {
        key -> Binary,
        forgotten_ms -> BigInt,
        until_ms -> BigInt,
    }
}

diesel::table! {
    familiar_networks (account, network) {
        account -> Binary,
        network -> Binary,
        seen -> Timestamp,
    }
}

diesel::joinable!(login_names -> users (user_id));
diesel::joinable!(credentials -> users (user_id));
diesel::joinable!(identities -> users (user_id));
diesel::joinable!(addresses -> users (user_id));
diesel::joinable!(tokens -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(
    users,
    users_search,
    login_names,
    credentials,
    identities,
    import_runs,
    addresses,
    tokens,
    adoptions
);
