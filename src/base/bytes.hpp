#pragma once

// Bytes cross the library's border, so their types are public.
#include "valise/bytes.hpp"
