DROP TABLE locks;
DROP TABLE tokens;
DROP TABLE addresses;
DROP TABLE credentials;
DROP TABLE login_names;
DROP TABLE users;
DROP TABLE users_search;
DROP TABLE user_counts;
