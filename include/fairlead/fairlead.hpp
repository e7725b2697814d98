// SPDX-License-Identifier: MIT
// Everything at once. Each header can also be included on its own.
#pragma once

#include <fairlead/address.hpp>
#include <fairlead/any_stream.hpp>
#include <fairlead/buffer.hpp>
#include <fairlead/buffered.hpp>
#include <fairlead/certificate.hpp>
#include <fairlead/client.hpp>
#include <fairlead/condition.hpp>
#include <fairlead/copy.hpp>
#include <fairlead/datagram_batch.hpp>
#include <fairlead/descriptor.hpp>
#include <fairlead/dial.hpp>
#include <fairlead/error.hpp>
#include <fairlead/ip_address.hpp>
#include <fairlead/loan.hpp>
#include <fairlead/loop.hpp>
#include <fairlead/operation.hpp>
#include <fairlead/options.hpp>
#include <fairlead/or_return.hpp>
#include <fairlead/prefixed.hpp>
#include <fairlead/process.hpp>
#include <fairlead/proxy.hpp>
#include <fairlead/resolve.hpp>
#include <fairlead/scope.hpp>
#include <fairlead/signal.hpp>
#include <fairlead/stream.hpp>
#include <fairlead/task.hpp>
#include <fairlead/tcp.hpp>
#include <fairlead/timer.hpp>
#include <fairlead/tls.hpp>
#include <fairlead/tls_engine.hpp>
#include <fairlead/udp.hpp>
#include <fairlead/unix.hpp>
#include <fairlead/url.hpp>
#include <fairlead/version.hpp>
