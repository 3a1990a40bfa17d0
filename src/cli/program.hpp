#pragma once

namespace valise::cli {

/// The program but for main(): reads the arguments, runs the verb and returns the exit code. The
/// one place where errors become exit codes. Throws only what keeps it from beginning.
[[nodiscard]] int run_program(int argc, const char* const* argv);

}  // namespace valise::cli
