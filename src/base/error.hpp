#pragma once

// The error that ends an operation is public: the command line turns its kind into the exit code.
#include "valise/error.hpp"
