// SPDX-License-Identifier: MIT
// The sink on Go's net.
package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	peer, err := listener.Accept()
	if err != nil {
		os.Exit(1)
	}
	buffer := make([]byte, 128*1024)
	var bytes, sum uint64
	for {
		n, err := peer.Read(buffer)
		for i := int((4096 - bytes%4096) % 4096); i < n; i += 4096 {
			sum += uint64(buffer[i])
		}
		bytes += uint64(n)
		if err != nil {
			break
		}
	}
	binary.Write(peer, binary.LittleEndian, []uint64{bytes, sum})
	peer.Close()
}
