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
    login_names (folded) {
        folded -> Text,
        user_id -> BigInt,
    }
}

diesel::table! {
    credentials (user_id) {
        user_id -> BigInt,
        password_hash -> Nullable<Text>,
        secret_digest -> Nullable<Binary>,
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
diesel::joinable!(addresses -> users (user_id));
diesel::joinable!(tokens -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(
    users,
    users_search,
    login_names,
    credentials,
    addresses,
    tokens,
    adoptions
);
