-- Users 1 to {users}. The UUIDs come in no order, as random ones do.
INSERT INTO users (
    id, uuid, username, email, name, username_folded, name_folded, roles, enabled, facts, created, updated,
    session_epoch
)
SELECT
    n,
    lpad(to_hex(n * 2654435761 & 4294967295), 8, '0') || '-0000-4000-8000-' || lpad(to_hex(n), 12, '0'),
    'user' || n, 'user' || n || '@example.com', 'User ' || n, 'user' || n, 'user ' || n,
    CASE WHEN n <= {admins} THEN 'ADMIN,USER' ELSE 'USER' END,
    TRUE, '{}', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 0
FROM generate_series(1::BIGINT, {users}) AS n;

INSERT INTO login_names (folded, user_id)
SELECT username, id FROM users UNION ALL SELECT email, id FROM users;

INSERT INTO credentials (user_id, password_hash) SELECT id, '{hash}' FROM users;

SELECT setval(pg_get_serial_sequence('users', 'id'), {users});
ANALYZE;
