#include "cli/program.hpp"

#include <exception>
#include <new>

#include "cli/app.hpp"
#include "cli/session.hpp"
#include "cli/signals.hpp"
#include "valise/valise.hpp"

namespace valise::cli {
namespace {

int run_verb(CommandLine& command_line, Session& session, int argc, const char* const* argv) {
  Verb* verb = command_line.parse(argc, argv);
  int code = 0;
  if (verb == nullptr) {
    session.print(command_line.answer());
  } else {
    code = verb->run(session);
  }
  session.finish_output();
  return code;
}

}  // namespace

int run_program(int argc, const char* const* argv) {
  start();
  install_signal_handlers();
  CommandLine command_line;
  Session session(command_line.options());
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

}  // namespace valise::cli
