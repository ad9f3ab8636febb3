/*M!999999\- enable the sandbox mode */ 
-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: moving_vitja
-- ------------------------------------------------------
-- Server version	10.11.19-MariaDB-0+deb12u1

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS */;
/*!40101 SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION */;
/*!40101 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;

--
-- Table structure for table `users`
--

DROP TABLE IF EXISTS `users`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE `users` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `name` varchar(250) DEFAULT NULL,
  `username` varchar(250) NOT NULL,
  `password` varchar(250) NOT NULL,
  `email` varchar(250) DEFAULT NULL,
  `is_admin` tinyint(1) DEFAULT NULL,
  `created` bigint(20) DEFAULT NULL,
  `updated` bigint(20) DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=34 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `users`
--

LOCK TABLES `users` WRITE;
/*!40000 ALTER TABLE `users` DISABLE KEYS */;
INSERT INTO `users` VALUES
(1,'The Boss','admin','$2a$14$uXutgKT8LVG37OB07CW1RuffR7g24Gpb8teZcoGEe6CIF5WgRWH1S','boss@vitja.example',1,1516713623,1516713642),
(2,'Dora \\ 山','dora','$2a$04$tyuadqsmSdOIGyrRDxG/HO0fciE0/AlBVkGeZaeSLsQfAa3a.a4R.','',0,1516713624,1516713643),
(26,'Anna','anna','$2a$04$V.25X9KXNe8Ffe7KGlD8w.cKIOXSw2B.FqCpNYyeE/RUkZrLsvWrW','anna@example.org',0,1516713625,1516713644),
(27,'Boris B.','BORIS','$2a$04$MXvr3I2/r5lGDX2jWfNuL.iW9YlGuRBvjy2dmoGw/Em41w3dlJqUG','boris@vitja.example',0,1516713626,1516713645),
(28,'Scarlett \"O\'Hara\"; -- x','o\'hara','$2a$04$hEJS7UcytCMHGk8jcAOvXO64eBZ4vTyXs0Wgkwuhim/P4M1InKsyS','scarlett@example.org',0,1516713627,1516713646),
(30,'Not Carol','carol@example.org','$2a$04$DZcuDnyAMlXhZlqf3l5aq.885RYntAMzuW0CjbHfRK7agnw1tkZwS','c30@example.org',0,1516713628,1516713647),
(31,'Gina','gina','{ROT13}frperg','gina@example.org',0,1516713629,1516713648),
(32,'','hugo','','hugo@example.org',0,1516713630,1516713649),
(33,'Ivan','ivan','$2a$04$X7OD9DALOQchLdBBYJJ2t.iCBF1NeAGSEKczX2KQCiKpJkUvMoREi','ivan@example.org',1,1516713631,1516713650);
/*!40000 ALTER TABLE `users` ENABLE KEYS */;
UNLOCK TABLES;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
/*!40101 SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS */;
/*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2026-11-22  5:41:36
