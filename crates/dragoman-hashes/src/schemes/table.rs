//! The list of what is understood.

use ::argon2::Algorithm;

use super::Mark::{AnyCase, Given, Own};
use super::Reads::{Everything, First72Bytes};
use super::Scheme;
use crate::cost::{
    ARGON2_WORK, BCRYPT_COST, Cost, KEY, LANES, MEMORY, PBKDF2_ROUNDS, PBKDF2_SHA512_ROUNDS, PHPASS_ROUNDS,
    SCRYPT_WORK, SHA_CRYPT_ROUNDS, What,
};
use crate::digest::Digest;
use crate::{argon2, bcrypt, md5_crypt, pbkdf2, phpass, salted, scrypt, sha_crypt};

const BCRYPT: &[Cost] = &[(What::Cost, BCRYPT_COST)];
const SHA_CRYPT: &[Cost] = &[(What::Rounds, SHA_CRYPT_ROUNDS)];
const PHPASS: &[Cost] = &[(What::Rounds, PHPASS_ROUNDS)];
const PBKDF2: &[Cost] = &[(What::Key, KEY), (What::Rounds, PBKDF2_ROUNDS)];
const PBKDF2_SHA512: &[Cost] = &[(What::Key, KEY), (What::Rounds, PBKDF2_SHA512_ROUNDS)];
const ARGON2: &[Cost] = &[(What::Key, KEY), (What::Memory, MEMORY), (What::Lanes, LANES), (What::Work, ARGON2_WORK)];
const SCRYPT: &[Cost] = &[(What::Key, KEY), (What::Memory, MEMORY), (What::Lanes, LANES), (What::Work, SCRYPT_WORK)];
/// A digest or a thousand: there is nothing to choose.
const FIXED: &[Cost] = &[];

const HASHCAT: &str = "hashcat, example hashes";
const RFC_1321: &str = "RFC 1321, A.5";
const FIPS_180: &str = "FIPS 180, examples";
const RFC_6070: &str = "RFC 6070, 2";
const RFC_7914: &str = "RFC 7914, 11 and 12";
const DJANGO: &str = "Django, tests/auth_tests/test_hashers.py";
const PASSLIB: &str = "passlib 1.7.4, passlib/tests/test_handlers*.py";

/// Every kind of hash that is understood, each with its mark, its rule and its limits.
pub const SCHEMES: &[Scheme] = &[
    Scheme::new("bcrypt", &[Own("$2a$"), Own("$2b$"), Own("$2y$")], First72Bytes, BCRYPT, bcrypt::plain)
        .published("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "crypt_blowfish 1.3, wrapper.c"),
    Scheme::new("sha256-crypt", &[Own("$5$")], Everything, SHA_CRYPT, |_, rest| sha_crypt::sha256(rest))
        .published("Hello world!", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "U. Drepper, Unix crypt using SHA-256 and SHA-512"),
    Scheme::new("sha512-crypt", &[Own("$6$")], Everything, SHA_CRYPT, |_, rest| sha_crypt::sha512(rest))
        .published("Hello world!", "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1", "U. Drepper, Unix crypt using SHA-256 and SHA-512"),
    Scheme::new("md5-crypt", &[Own("$1$"), Own("$apr1$")], Everything, FIXED, md5_crypt::read)
        .published("hashcat", "$1$28772684$iEwNOgGugqO9.bIz5sk8k/", HASHCAT),
    Scheme::new("argon2id", &[Own("$argon2id$")], Everything, ARGON2, |_, rest| argon2::read(Algorithm::Argon2id, rest))
        .published("password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "phc-winner-argon2, src/test.c"),
    Scheme::new("argon2i", &[Own("$argon2i$")], Everything, ARGON2, |_, rest| argon2::read(Algorithm::Argon2i, rest))
        .published("password", "$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8", "phc-winner-argon2, src/test.c"),
    Scheme::new("argon2d", &[Own("$argon2d$")], Everything, ARGON2, |_, rest| argon2::read(Algorithm::Argon2d, rest))
        .published("password", "$argon2d$v=19$m=102400,t=2,p=8$g2RodLh8j8WbSdCp+lUy/A$zzAJqL/HSjm809PYQu6qkA", PASSLIB),
    Scheme::new("scrypt", &[Own("$scrypt$")], Everything, SCRYPT, |_, rest| scrypt::passlib(rest))
        .published("pleaseletmein", "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw", RFC_7914),
    Scheme::new("pbkdf2-sha1", &[Own("$pbkdf2$")], Everything, PBKDF2, |_, rest| pbkdf2::passlib(Digest::Sha1, rest))
        .published("password", "$pbkdf2$4096$c2FsdA$SwB5AbdlSJq.rUnZJvch0GWkKcE", RFC_6070),
    Scheme::new("pbkdf2-sha256", &[Own("$pbkdf2-sha256$")], Everything, PBKDF2, |_, rest| pbkdf2::passlib(Digest::Sha256, rest))
        .published("Password", "$pbkdf2-sha256$80000$TmFDbA$TdzY9guYviGDDO5e8icB.WQaRBjQTAQUrv8Ih2s0q1ah1CWhIlgzVJrbhBtRybMXaicr3ruh0HhHj2Kzl/M8jQ", RFC_7914),
    Scheme::new("pbkdf2-sha512", &[Own("$pbkdf2-sha512$")], Everything, PBKDF2_SHA512, |_, rest| pbkdf2::passlib(Digest::Sha512, rest))
        .published("password", "$pbkdf2-sha512$1212$RHY0Fr3IDMSVO/RSZyb5ow$eNLfBK.eVozomMr.1gYa17k9B7KIK25NOEshvhrSX.esqY3s.FvWZViXz4KoLlQI.BzY/YTNJOiKc5gBYFYGww", PASSLIB),
    Scheme::new("phpass", &[Own("$P$"), Own("$H$")], Everything, PHPASS, |_, rest| phpass::read(rest))
        .published("test12345", "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0", "phpass 0.5, test.php"),
    Scheme::new("django-pbkdf2-sha256", &[Own("pbkdf2_sha256$")], Everything, PBKDF2, |_, rest| pbkdf2::django(Digest::Sha256, rest))
        .published("Password", "pbkdf2_sha256$80000$NaCl$TdzY9guYviGDDO5e8icB+WQaRBjQTAQUrv8Ih2s0q1ah1CWhIlgzVJrbhBtRybMXaicr3ruh0HhHj2Kzl/M8jQ==", RFC_7914),
    Scheme::new("django-pbkdf2-sha1", &[Own("pbkdf2_sha1$")], Everything, PBKDF2, |_, rest| pbkdf2::django(Digest::Sha1, rest))
        .published("password", "pbkdf2_sha1$4096$salt$SwB5AbdlSJq+rUnZJvch0GWkKcE=", RFC_6070),
    Scheme::new("django-bcrypt", &[Own("bcrypt$")], First72Bytes, BCRYPT, |_, rest| bcrypt::django(rest))
        .published("", "bcrypt$$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.", PASSLIB),
    Scheme::new("django-bcrypt-sha256", &[Own("bcrypt_sha256$")], Everything, BCRYPT, |_, rest| bcrypt::django_sha256(rest))
        .published("", "bcrypt_sha256$$2a$06$/3OeRpbOf8/l6nPPRdZPp.nRiyYqPobEZGdNRBWihQhiFDh1ws1tu", PASSLIB),
    Scheme::new("django-argon2", &[Own("argon2$")], Everything, ARGON2, |_, rest| argon2::django(rest))
        .published("secret", "argon2$argon2i$m=8,t=1,p=1$c29tZXNhbHQ$gwQOXSNhxiOxPOA0+PY10P9QFO4NAYysnqRt1GSQLE55m+2GYDt9FEjPMHhP2Cuf0nOEXXMocVrsJAtNSsKyfg", DJANGO),
    Scheme::new("django-scrypt", &[Own("scrypt$")], Everything, SCRYPT, |_, rest| scrypt::django(rest))
        .published("pleaseletmein", "scrypt$16384$SodiumChloride$8$1$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw==", RFC_7914),
    Scheme::new("django-sha1", &[Own("sha1$")], Everything, FIXED, |_, rest| salted::django(Digest::Sha1, rest))
        .published("lètmein", "sha1$seasalt$cff36ea83f5706ce9aa7454e63e431fc726b2dc8", DJANGO),
    Scheme::new("django-md5", &[Own("md5$")], Everything, FIXED, |_, rest| salted::django(Digest::Md5, rest))
        .published("lètmein", "md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3", DJANGO),
    Scheme::new("werkzeug-scrypt", &[Own("scrypt:")], Everything, SCRYPT, |_, rest| scrypt::werkzeug(rest))
        .published("pleaseletmein", "scrypt:16384:8:1$SodiumChloride$7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887", RFC_7914),
    Scheme::new("werkzeug-pbkdf2-sha1", &[Own("pbkdf2:sha1:")], Everything, PBKDF2, |_, rest| pbkdf2::werkzeug(Digest::Sha1, rest))
        .published("password", "pbkdf2:sha1:4096$salt$4b007901b765489abead49d926f721d065a429c1", RFC_6070),
    Scheme::new("werkzeug-pbkdf2-sha256", &[Own("pbkdf2:sha256:")], Everything, PBKDF2, |_, rest| pbkdf2::werkzeug(Digest::Sha256, rest))
        .published("Password", "pbkdf2:sha256:80000$NaCl$4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d", RFC_7914),
    Scheme::new("werkzeug-pbkdf2-sha512", &[Own("pbkdf2:sha512:")], Everything, PBKDF2_SHA512, |_, rest| pbkdf2::werkzeug(Digest::Sha512, rest))
        .published("password", "pbkdf2:sha512:1$salt$867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce", "CPython, Lib/test/test_hashlib.py"),
    Scheme::new("ldap-ssha", &[AnyCase("{SSHA}")], Everything, FIXED, |_, rest| salted::ldap(Digest::Sha1, rest))
        .published("hashcat", "{SSHA}AZKja92fbuuB9SpRlHqaoXxbTc43Mzc2MDM1Ng==", HASHCAT),
    Scheme::new("ldap-sha", &[AnyCase("{SHA}")], Everything, FIXED, |_, rest| salted::ldap(Digest::Sha1, rest))
        .published("hashcat", "{SHA}uJ6qx+YUFzQbcQtyd2gpTQ5qJ3s=", HASHCAT),
    Scheme::new("ldap-ssha256", &[AnyCase("{SSHA256}")], Everything, FIXED, |_, rest| salted::ldap(Digest::Sha256, rest))
        .published("hashcat", "{SSHA256}OZiz0cnQ5hgyel3Emh7NCbhBRCQ+HVBwYplQunHYnER7TLuV", HASHCAT),
    Scheme::new("ldap-sha256", &[AnyCase("{SHA256}")], Everything, FIXED, |_, rest| salted::ldap(Digest::Sha256, rest))
        .published("abc", "{SHA256}ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=", FIPS_180),
    Scheme::new("ldap-ssha512", &[AnyCase("{SSHA512}")], Everything, FIXED, |_, rest| salted::ldap(Digest::Sha512, rest))
        .published("hashcat", "{SSHA512}ALtwKGBdRgD+U0fPAy31C28RyKYx7+a8kmfksccsOeLknLHv2DBXYI7TDnTolQMBuPkWDISgZr2cHfnNPFjGZTEyNDU4OTkw", HASHCAT),
    Scheme::new("ldap-sha512", &[AnyCase("{SHA512}")], Everything, FIXED, |_, rest| salted::ldap(Digest::Sha512, rest))
        .published("abc", "{SHA512}3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==", FIPS_180),
    Scheme::new("ldap-smd5", &[AnyCase("{SMD5}")], Everything, FIXED, |_, rest| salted::ldap(Digest::Md5, rest))
        .published("testing1234", "{SMD5}UjFY34os/pnZQ3oQOzjqGu4yeXE=", PASSLIB),
    Scheme::new("ldap-md5", &[AnyCase("{MD5}")], Everything, FIXED, |_, rest| salted::ldap(Digest::Md5, rest))
        .published("abc", "{MD5}kAFQmDzST7DWlj99KOF/cg==", RFC_1321),
    Scheme::new("hex-md5", &[Given("{hex-md5}")], Everything, FIXED, |_, rest| salted::unsalted(Digest::Md5, rest))
        .published("abc", "{hex-md5}900150983cd24fb0d6963f7d28e17f72", RFC_1321),
    Scheme::new("hex-md5:salt+password", &[Given("{hex-md5:salt+password}")], Everything, FIXED, |_, rest| salted::salt_first(Digest::Md5, rest))
        .published("hashcat", "{hex-md5:salt+password}f0fda58630310a6dd91a7d8f0a4ceda2:4225637426", HASHCAT),
    Scheme::new("hex-md5:password+salt", &[Given("{hex-md5:password+salt}")], Everything, FIXED, |_, rest| salted::password_first(Digest::Md5, rest))
        .published("hashcat", "{hex-md5:password+salt}01dfae6e5d4d90d9892622325959afbe:7050461", HASHCAT),
    Scheme::new("hex-sha1", &[Given("{hex-sha1}")], Everything, FIXED, |_, rest| salted::unsalted(Digest::Sha1, rest))
        .published("abc", "{hex-sha1}a9993e364706816aba3e25717850c26c9cd0d89d", FIPS_180),
    Scheme::new("hex-sha1:salt+password", &[Given("{hex-sha1:salt+password}")], Everything, FIXED, |_, rest| salted::salt_first(Digest::Sha1, rest))
        .published("hashcat", "{hex-sha1:salt+password}cac35ec206d868b7d7cb0b55f31d9425b075082b:5363620024", HASHCAT),
    Scheme::new("hex-sha1:password+salt", &[Given("{hex-sha1:password+salt}")], Everything, FIXED, |_, rest| salted::password_first(Digest::Sha1, rest))
        .published("hashcat", "{hex-sha1:password+salt}2fc5a684737ce1bf7b3b239df432416e0dd07357:2014", HASHCAT),
    Scheme::new("hex-sha256", &[Given("{hex-sha256}")], Everything, FIXED, |_, rest| salted::unsalted(Digest::Sha256, rest))
        .published("abc", "{hex-sha256}ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", FIPS_180),
    Scheme::new("hex-sha256:salt+password", &[Given("{hex-sha256:salt+password}")], Everything, FIXED, |_, rest| salted::salt_first(Digest::Sha256, rest))
        .published("hashcat", "{hex-sha256:salt+password}eb368a2dfd38b405f014118c7d9747fcc97f4f0ee75c05963cd9da6ee65ef498:560407001617", HASHCAT),
    Scheme::new("hex-sha256:password+salt", &[Given("{hex-sha256:password+salt}")], Everything, FIXED, |_, rest| salted::password_first(Digest::Sha256, rest))
        .published("hashcat", "{hex-sha256:password+salt}c73d08de890479518ed60cf670d17faa26a4a71f995c1dcc978165399401a6c4:53743528", HASHCAT),
    Scheme::new("hex-sha512", &[Given("{hex-sha512}")], Everything, FIXED, |_, rest| salted::unsalted(Digest::Sha512, rest))
        .published("abc", "{hex-sha512}ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f", FIPS_180),
    Scheme::new("hex-sha512:salt+password", &[Given("{hex-sha512:salt+password}")], Everything, FIXED, |_, rest| salted::salt_first(Digest::Sha512, rest))
        .published("hashcat", "{hex-sha512:salt+password}976b451818634a1e2acba682da3fd6efa72adf8a7a08d7939550c244b237c72c7d42367544e826c0c83fe5c02f97c0373b6b1386cc794bf0d21d2df01bb9c08a:2613516180127", HASHCAT),
    Scheme::new("hex-sha512:password+salt", &[Given("{hex-sha512:password+salt}")], Everything, FIXED, |_, rest| salted::password_first(Digest::Sha512, rest))
        .published("hashcat", "{hex-sha512:password+salt}e5c3ede3e49fb86592fb03f471c35ba13e8d89b8ab65142c9a8fdafb635fa2223c24e5558fd9313e8995019dcbec1fb584146b7bb12685c7765fc8c0d51379fd:6352283260", HASHCAT),
];
