// SPDX-License-Identifier: MIT
// What a goroutine costs: to start one and have it finish, and to switch between two of them.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
)

const times = 1000000

// Processor time of this process so far, in nanoseconds.
func used() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano() + u.Stime.Nano())
}

func tell(what string, begin float64) {
	fmt.Printf("%s ns less %.2f\n", what, (used()-begin)/times)
}

func main() {
	runtime.GOMAXPROCS(1)
	begin := used()
	for i := 0; i < times/1000; i++ {
		var all sync.WaitGroup
		all.Add(1000)
		for j := 0; j < 1000; j++ {
			go all.Done()
		}
		all.Wait()
	}
	tell("spawn-and-finish", begin)

	begin = used()
	var two sync.WaitGroup
	two.Add(2)
	for i := 0; i < 2; i++ {
		go func() {
			for turn := 0; turn < times/2; turn++ {
				runtime.Gosched()
			}
			two.Done()
		}()
	}
	two.Wait()
	tell("switch", begin)
}
