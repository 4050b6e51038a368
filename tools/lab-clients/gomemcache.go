// bradfitz/gomemcache: asks once, idles, asks again, and says what it is told.
//
//	gomemcache ADDRESS:PORT IDLE-SECONDS READ-TIMEOUT-SECONDS KEEPALIVE-SECONDS
package main

import (
	"os"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
)

func main() {
	client := memcache.New(os.Args[1])
	client.Timeout = time.Duration(seconds(3)) * time.Second
	run(func() error { return client.Set(&memcache.Item{Key: "lab", Value: []byte("1")}) })
}
