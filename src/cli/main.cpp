#include <cstdio>
#include <exception>
#include <new>

#include "cli/app.hpp"
#include "cli/session.hpp"
#include "cli/signals.hpp"
#include "valise/valise.hpp"

namespace {

using valise::Error;
using valise::ErrorKind;

int run_verb(valise::cli::CommandLine& command_line, valise::cli::Session& session, int argc,
             const char* const* argv) {
  valise::cli::Verb* verb = command_line.parse(argc, argv);
  int code = 0;
  if (verb == nullptr) {
    session.print(command_line.answer());
  } else {
    code = verb->run(session);
  }
  session.finish_output();
  return code;
}

// The one place where errors become exit codes.
int run(int argc, const char* const* argv) {
  valise::start();
  valise::cli::install_signal_handlers();
  valise::cli::CommandLine command_line;
  valise::cli::Session session(command_line.options());
  try {
    return run_verb(command_line, session, argc, argv);
  } catch (const Error& error) {
    session.show_error(error);
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    session.show_error(Error(ErrorKind::internal, "out of memory; nothing was half-written"));
  } catch (const std::exception& error) {
    session.show_error(Error(ErrorKind::internal, std::string("a defect of valise: ") +
                                                      error.what() +
                                                      "; please report it with the command"));
  }
  return static_cast<int>(ErrorKind::internal);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "valise: %s\n", error.what());
    return static_cast<int>(ErrorKind::internal);
  }
}
