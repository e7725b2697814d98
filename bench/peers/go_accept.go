// SPDX-License-Identifier: MIT
// Gives every connection one byte and closes it, on Go's net: a goroutine for each.
package main

import (
	"fmt"
	"net"
	"os"
)

func greet(peer net.Conn) {
	peer.Write([]byte("x"))
	peer.Close()
}

func main() {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	for {
		peer, err := listener.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go greet(peer)
	}
}
