// ZeroMQ's C interface (MPL 2.0, linked dynamically): the sockets that Jupyter talks to kernels through.
#pragma once
#include <zmq.h>
