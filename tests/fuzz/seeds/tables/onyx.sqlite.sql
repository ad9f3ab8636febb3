PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE users (
	id INTEGER NOT NULL, 
	admin INTEGER, 
	username VARCHAR(64), 
	color VARCHAR(64), 
	background_color VARCHAR(64), 
	password VARCHAR(128), 
	email VARCHAR(120), 
	tutorial INTEGER, 
	PRIMARY KEY (id)
);
INSERT INTO users VALUES(1,1,'admin','indigo darken-1','#efefef','$5$rounds=535000$xulTxbK5x9WLNyEx$VGAP.BK5/eK7lAZHkxb.Q6rad3oibwr6vBTXUcE5Xa6','admin@onyx.example',0);
INSERT INTO users VALUES(2,0,'anna','indigo darken-1','#efefef','$5$rounds=1000$mcltPTcgx0bRY9kk$4eKJzOZL1tmfIHYE8T2TCbq4A/QV2pTCv8MzFoImuf7','anna@example.org',0);
INSERT INTO users VALUES(3,0,'Anna','indigo darken-1','#efefef','$5$rounds=1000$gx6rNNzOuVpAZlNJ$1mHtc2x3eYRhbnvaOH5zqB05RRpnufmWMSTKCMKTL6D','anna.other@example.org',0);
INSERT INTO users VALUES(4,0,'rené','indigo darken-1','#efefef','$5$rounds=1000$3tccaiHXuaA8mzhU$4vgIl9G9GZbyr6n9SUMDkKj2MWJdBODMnQmkazBW4P8','rene@example.org',0);
INSERT INTO users VALUES(5,0,'rené','indigo darken-1','#efefef','$5$rounds=1000$60vkQhM.FZGMvhVv$XyVXXMO4kdiDKfBh49DZIMaDsMoWJhEnM9BHM82ZOu2','rene.two@example.org',0);
INSERT INTO users VALUES(7,0,'carol','blue','#fff','$5$rounds=1000$OozbTyam7bExjKh1$ujQikmzSiTtt7Qs6RyyCZ6OUhK/1UkgtNQLekqcYV5.','carol@example.org',1);
INSERT INTO users VALUES(8,0,'dave','indigo darken-1','#efefef','$5$rounds=1000$bBkfvHoeXK3iuSh.$nzbkQyNSvfF/tvWV3V0UPGMFSMXkUFXnF.0jm9ieqj5','DAVE@Example.org',0);
INSERT INTO users VALUES(9,0,NULL,'indigo darken-1','#efefef','$5$rounds=1000$rL2Cwn8J1q9vQlvI$Vmww51h1LRUKGRGgt0t1FNJPbjvpFqYWnssSz0IMze.',NULL,0);
INSERT INTO users VALUES(10,0,'erin','indigo darken-1','#efefef','$5$rounds=1000$oOGEMS8OJJ7s.DOv$gPFuOn5a1tu3cPqED.Hn1AhC6qdqoJnfvDxpsdy5ba/','erin at example.org',0);
INSERT INTO users VALUES(11,0,'frank','indigo darken-1','#efefef','$5$rounds=1000$8UUDu/O/iUd6zUa5$vdjhNqW1atPT5vLTtmu7m9.tsifGXvhu..fugVRZ/P9','frank@example.org',0);
INSERT INTO users VALUES(12,0,replace('line\nbreak','\n',char(10)),'indigo darken-1','#efefef','$5$rounds=1000$XU8iy48WrPS2PlZ9$O6Bn0Lmegu/SVKpoc4DCzjIwyjSjbkUTDDWPTtvBYVA','break@example.org',0);
COMMIT;
