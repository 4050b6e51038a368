// The Go MySQL driver behind database/sql: asks once, idles, asks again, and says what it is told.
//
//	go-mysql ADDRESS:PORT IDLE-SECONDS READ-TIMEOUT-SECONDS KEEPALIVE-SECONDS
package main

import (
	"database/sql"
	"fmt"
	"os"

	_ "github.com/go-sql-driver/mysql"
)

func main() {
	db, err := sql.Open("mysql", fmt.Sprintf("lab@tcp(%s)/?readTimeout=%ss", os.Args[1], os.Args[3]))
	say(err)
	// One pooled connection, so that the second question meets the first one's.
	db.SetMaxOpenConns(1)
	var one int
	run(func() error { return db.QueryRow("SELECT 1").Scan(&one) })
}
