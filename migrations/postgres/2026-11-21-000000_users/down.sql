DROP TABLE locks;
DROP TABLE tokens;
DROP TABLE addresses;
DROP TABLE credentials;
DROP TABLE login_names;
DROP TABLE users;
DROP FUNCTION count_users;
DROP TABLE user_counts;
