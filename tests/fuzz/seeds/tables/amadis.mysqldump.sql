/*M!999999\- enable the sandbox mode */ 
-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: moving_amadis
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
  `id` bigint(20) unsigned NOT NULL AUTO_INCREMENT,
  `name` varchar(255) NOT NULL,
  `email` varchar(255) NOT NULL,
  `email_verified_at` timestamp NULL DEFAULT NULL,
  `password` varchar(255) NOT NULL,
  `remember_token` varchar(100) DEFAULT NULL,
  `created_at` timestamp NULL DEFAULT NULL,
  `updated_at` timestamp NULL DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `users_email_unique` (`email`)
) ENGINE=InnoDB AUTO_INCREMENT=34 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `users`
--

LOCK TABLES `users` WRITE;
/*!40000 ALTER TABLE `users` DISABLE KEYS */;
INSERT INTO `users` VALUES
(1,'Administrator','admin@amadis.example',NULL,'$2y$04$wth2llZfSR9gS2Mwhnu5NOUW0otbw82YEdMQdbMGD5C4Icw1uWxKa',NULL,'2018-01-23 13:20:23','2018-01-23 13:20:23'),
(26,'Boris','boris@amadis.example',NULL,'$2y$04$UEAGApus8FiJwxj5elqGOeDlxTXy/ucFPoBR6.hk39fcK3a9B0R6O',NULL,'2018-01-23 13:20:24','2018-01-23 13:20:24'),
(27,'Carol C.','Carol@example.org',NULL,'$2y$04$uO3d0CRMw.nDfaX55OepFOVjO7qB0tiQBk6fXYOxXxqLh2GNYz06C',NULL,'2018-01-23 13:20:25','2018-01-23 13:20:25'),
(28,'Ivan','ivan@example.org','2018-01-23 13:20:26','$2y$04$cb5IM.DoB/NL1jxzQlVLqO.pk2tCZgOHy5p.ZAcLl0gpMHV0wx6JO',NULL,'2018-01-23 13:20:26','2018-01-23 13:20:26'),
(30,'äääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääääää','long@example.org',NULL,'$2y$04$Nv1FQ2ZsbNbM5MDhTIt/kej82WkIlL0khSjZCgz.DDfcLf.TD/STy',NULL,'2018-01-23 13:20:27','2018-01-23 13:20:27'),
(31,'Jürgen 🚀','juergen@example.org',NULL,'$2y$04$Z0qDRbTQ3SzHkWGZDHJyGeBOAkQy.2MnFh8.CzpIY6pR4dbQEFGn2',NULL,'2018-01-23 13:20:28','2018-01-23 13:20:28'),
(32,'Kim','kim',NULL,'$2y$04$C.RlOofMpCvT/0hh/NjDH.MzYRISlXS6BAZKcTdsclrNQfnU6UQLa',NULL,'2018-01-23 13:20:29','2018-01-23 13:20:29'),
(33,'Lea','lea@example.org',NULL,'$2y$04$nu7w.flR7SO037gXKmvN6.YqZ4oAXtuT4UD.yOy2ZS7HXQmDF/hBO','dGhpcyBpcyBub3QgYSB0b2tlbg','2018-01-23 13:20:30','2018-01-23 13:20:30');
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
