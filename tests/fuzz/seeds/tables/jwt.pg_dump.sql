--
-- PostgreSQL database dump
--

\restrict DOzfS7UfqWE3VY0q4AmBbjcZvJ9w21cTRqPPh42Yl43g2icqXjmlTixgiknCbqG

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: users; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.users (
    user_id uuid NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    roles text[] NOT NULL,
    password_hash text NOT NULL,
    enabled boolean NOT NULL,
    date_created timestamp without time zone NOT NULL,
    date_updated timestamp without time zone NOT NULL
);


--
-- Data for Name: users; Type: TABLE DATA; Schema: public; Owner: -
--

COPY public.users (user_id, name, email, roles, password_hash, enabled, date_created, date_updated) FROM stdin;
5cf37266-3473-4006-984f-9325122678b7	Admin Gopher	admin.gopher@example.com	{ADMIN,USER}	$2a$04$y/uJZy9C5b.5Qx76.FJo2.N7L2kGeb7n19ueDWpHGGxlKZzuyzn/G	t	2018-01-23 13:20:23	2018-01-23 13:20:23
45b5fbd3-755f-4379-8f07-a58d4a30fa2f	User Gopher	user.gopher@example.com	{USER}	$2a$04$KQnkRenimIQV/x81uWEhEeFlye7vapA0WBYpJWRL9/ivqImIo.fEq	t	2018-01-23 13:20:24.001	2018-01-23 13:20:24.001
0b1d6c0e-8d4c-4b46-a0f1-2a3f7d0c9b11	Dave	dave@example.org	{USER}	$2a$04$H4B/Fp/oABgyKCScqcBuUuuoimBXKdyZmWkpBVmmPZ9McGkPdtPQS	t	2018-01-23 13:20:25.002	2018-01-23 13:20:25.002
6f2c7a52-95f7-4f0e-8a43-0a9b8c1d2e22	Mona	mona@example.org	{USER}	$2a$04$UBMMmV1uWoSb2JYv3NlqzeTNPknK3k7F02/4fp1xsFIhbvsyKs1ra	f	2018-01-23 13:20:26.003	2018-01-23 13:20:26.003
7a1b9c33-1f0d-4d7a-9a3c-3c5e7f9a1b33	Nils\tN.\\n	nils@example.org	{USER,AUDITOR}	$2a$04$yfr4UyO4xrQqU0e9Sytw7e835RXX.RfSV/4ioHsvnI5f50R.Iocla	t	2018-01-23 13:20:27.004	2018-01-23 13:20:27.004
8c3d5e44-2a4b-4c6d-8e0f-4d6f8a0b2c44	Anna A.	ANNA@example.org	{USER}	$2a$04$NpCNLbBVUrbKklHIVZO59.247FEXJKTVV2Yrd492s2JOTCbP1QJLu	t	2018-01-23 13:20:28.005	2018-01-23 13:20:28.005
9d4e6f55-3b5c-4d7e-9f1a-5e7a9b1c3d55		olga@example.org	{}	$2a$04$5GjmHzRSHzaTn7fxf6hj.uqVA0Qa4BryrCANn.SSnFczzaYyfZW.O	t	2018-01-23 13:20:29.006	2018-01-23 13:20:29.006
\.


--
-- Name: users users_email_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);


--
-- Name: users users_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (user_id);


--
-- PostgreSQL database dump complete
--

\unrestrict DOzfS7UfqWE3VY0q4AmBbjcZvJ9w21cTRqPPh42Yl43g2icqXjmlTixgiknCbqG

