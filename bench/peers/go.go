// SPDX-License-Identifier: MIT
// The echo server on Go's net: a goroutine for each connection, the way every Go server is written.
package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
)

func echo(peer net.Conn) {
	defer peer.Close()
	buffer := make([]byte, 4096)
	for {
		n, err := peer.Read(buffer)
		if err != nil {
			return
		}
		if _, err = peer.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func main() {
	connections := 20
	if len(os.Args) > 1 {
		connections, _ = strconv.Atoi(os.Args[1])
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	var all sync.WaitGroup
	for i := 0; i < connections; i++ {
		peer, err := listener.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		all.Add(1)
		go func() {
			defer all.Done()
			echo(peer)
		}()
	}
	all.Wait()
}
