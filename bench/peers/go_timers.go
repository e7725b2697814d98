// SPDX-License-Identifier: MIT
// Schedules and cancels a timer while a million others are pending, in Go.
package main

import (
	"fmt"
	"math/rand"
	"syscall"
	"time"
)

const pending = 1000000
const rounds = 2000000

// Processor time of this process so far, in nanoseconds.
func used() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano() + u.Stime.Nano())
}

func later(random *rand.Rand) time.Duration {
	return time.Duration(1000+random.Intn(3600000)) * time.Millisecond
}

func main() {
	random := rand.New(rand.NewSource(7))
	timers := make([]*time.Timer, pending)
	for i := range timers {
		timers[i] = time.AfterFunc(later(random), func() {})
	}
	begin := used()
	for i := 0; i < rounds; i++ {
		time.AfterFunc(later(random), func() {}).Stop()
	}
	fmt.Printf("rate M/s more %.3f\n", rounds*1e3/(used()-begin))
}
