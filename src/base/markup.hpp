#pragma once

// Reports and service files need the same escapes, so it is public.
#include "valise/markup.hpp"
