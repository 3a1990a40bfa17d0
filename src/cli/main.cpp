#include <cstdio>
#include <exception>

#include "cli/program.hpp"
#include "valise/error.hpp"

int main(int argc, char** argv) {
  try {
    return valise::cli::run_program(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "valise: %s\n", error.what());
    return static_cast<int>(valise::ErrorKind::internal);
  }
}
