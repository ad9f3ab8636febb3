-- Users 1 to {users}. The UUIDs come in no order, as random ones do.
INSERT INTO users (
    id, uuid, username, email, name, username_folded, name_folded, roles, enabled, facts, created, updated,
    session_epoch
)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {users})
SELECT
    n, printf('%08x-0000-4000-8000-%012x', (n * 2654435761) & 4294967295, n),
    'user' || n, 'user' || n || '@example.com', 'User ' || n, 'user' || n, 'user ' || n,
    CASE WHEN n <= {admins} THEN 'ADMIN,USER' ELSE 'USER' END,
    1, '{}', '2026-01-02 03:04:05', '2026-01-02 03:04:05', 0
FROM numbers;

INSERT INTO login_names (folded, user_id)
SELECT username, id FROM users UNION ALL SELECT email, id FROM users ORDER BY 1;

INSERT INTO credentials (user_id, password_hash) SELECT id, '{hash}' FROM users;

-- What the triggers would have kept, row by row, had they been there.
UPDATE user_counts SET users = (SELECT COUNT(*) FROM users WHERE id % 16 = shard);
INSERT INTO users_search (users_search) VALUES ('rebuild');
