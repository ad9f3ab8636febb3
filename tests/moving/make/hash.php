<?php
// Writes bcrypt hashes as Laravel did: a line `cost password` in, a hash out.
while (($line = fgets(STDIN)) !== false) {
    [$cost, $password] = explode(' ', rtrim($line, "\n"), 2);
    echo password_hash($password, PASSWORD_BCRYPT, ['cost' => (int) $cost]), "\n";
}
