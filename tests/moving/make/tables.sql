-- vitja: as xorm made it.
CREATE TABLE `users` (
  `id` BIGINT(20) PRIMARY KEY AUTO_INCREMENT NOT NULL,
  `name` VARCHAR(250) NULL,
  `username` VARCHAR(250) NOT NULL,
  `password` VARCHAR(250) NOT NULL,
  `email` VARCHAR(250) NULL,
  `is_admin` TINYINT(1) NULL,
  `created` BIGINT(20) NULL,
  `updated` BIGINT(20) NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
-- amadis: Laravel's own migration.
CREATE TABLE `users` (
  `id` bigint unsigned not null auto_increment primary key,
  `name` varchar(255) not null,
  `email` varchar(255) not null,
  `email_verified_at` timestamp null,
  `password` varchar(255) not null,
  `remember_token` varchar(100) null,
  `created_at` timestamp null,
  `updated_at` timestamp null,
  UNIQUE KEY `users_email_unique` (`email`)
) default character set utf8mb4 collate 'utf8mb4_unicode_ci';
-- jwt: its first migration.
CREATE TABLE users (
  user_id       UUID        NOT NULL,
  name          TEXT        NOT NULL,
  email         TEXT UNIQUE NOT NULL,
  roles         TEXT[]      NOT NULL,
  password_hash TEXT        NOT NULL,
  enabled       BOOLEAN     NOT NULL,
  date_created  TIMESTAMP   NOT NULL,
  date_updated  TIMESTAMP   NOT NULL,
  PRIMARY KEY (user_id)
);
