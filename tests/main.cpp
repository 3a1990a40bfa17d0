#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "crypto/secret.hpp"

int main(int argc, char** argv) {
  valise::start_crypto();
  doctest::Context context(argc, argv);
  return context.run();
}
