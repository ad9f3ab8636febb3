// Writes bcrypt hashes as Go's servers did: a line `cost password` in, a hash out.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		cost, password, _ := strings.Cut(lines.Text(), " ")
		number, err := strconv.Atoi(cost)
		if err != nil {
			panic(err)
		}
		hash, err := bcrypt.GenerateFromPassword([]byte(password), number)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(hash))
	}
}
