package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// What every client does with its question.
func run(ask func() error) {
	say(ask(), "ready")
	scaleKeepalive(seconds(4))
	time.Sleep(time.Duration(seconds(2)) * time.Second)
	say(ask(), "answers")
}

// The lab runs in seconds what takes minutes in life: so must the keepalive that the library set.
func scaleKeepalive(seconds int) {
	if seconds == 0 {
		return
	}
	for fd := 3; fd < 64; fd++ {
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, seconds)
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL, seconds)
	}
}

func say(err error, good ...string) {
	if err != nil {
		fmt.Println("lab: fails", err)
		os.Exit(0)
	}
	for _, word := range good {
		fmt.Println("lab:", word)
	}
}

func seconds(argument int) int {
	number, err := strconv.Atoi(os.Args[argument])
	if err != nil {
		fmt.Println("lab: fails", err)
		os.Exit(64)
	}
	return number
}
