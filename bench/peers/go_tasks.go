// SPDX-License-Identifier: MIT
// What a goroutine costs: to start one and have it finish, and to switch between two of them.
package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"
)

const times = 1000000

func tell(what string, begin time.Time) {
	fmt.Printf("%s ns less %.2f\n", what, float64(time.Since(begin).Nanoseconds())/times)
}

func main() {
	runtime.GOMAXPROCS(1)
	begin := time.Now()
	for i := 0; i < times/1000; i++ {
		var all sync.WaitGroup
		all.Add(1000)
		for j := 0; j < 1000; j++ {
			go all.Done()
		}
		all.Wait()
	}
	tell("spawn-and-finish", begin)

	begin = time.Now()
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
