#pragma once

// Secrets cross the library's border (a passphrase comes in, a recovery code goes out), so their
// type is public.
#include "valise/secret.hpp"
