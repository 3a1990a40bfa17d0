// Makes a sample message history and ages it: what the tests, the benchmark and quickstart use
// instead of anybody's real messages.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "history.hpp"

namespace {

struct Arguments {
  std::filesystem::path database;
  valise::bench::HistoryOptions history;
  valise::bench::Night night;
  valise::bench::Writing writing;
  std::string journal = "wal";
  std::uint32_t pages = 10000;
};

CLI::App* add_verb(CLI::App& app, Arguments& arguments, const char* name, const char* about) {
  CLI::App* verb = app.add_subcommand(name, about);
  verb->add_option("DATABASE", arguments.database, "The history's file")->required();
  return verb;
}

void add_verbs(CLI::App& app, Arguments& arguments) {
  CLI::App* create = add_verb(app, arguments, "create", "Make a new history");
  create->add_option("--messages", arguments.history.messages, "How many")->capture_default_str();
  create->add_option("--seed", arguments.history.seed, "The same seed makes the same rows");
  create->add_option("--page-size", arguments.history.page_size, "Bytes")->capture_default_str();
  create->add_option("--journal", arguments.journal, "wal or delete")
      ->check(CLI::IsMember({"wal", "delete"}))
      ->capture_default_str();

  CLI::App* night = add_verb(app, arguments, "night", "Add a day of messages");
  night->add_option("--seed", arguments.night.seed, "Another seed is another day");
  night->add_option("--messages", arguments.night.messages, "New messages")->capture_default_str();

  CLI::App* remove = add_verb(app, arguments, "delete-chat", "Delete one long chat");
  remove->add_option("--pages", arguments.pages, "Pages to change")->capture_default_str();

  CLI::App* write = add_verb(app, arguments, "write", "Keep inserting messages");
  write->add_option("--seconds", arguments.writing.seconds, "How long")->capture_default_str();
  write->add_option("--per-second", arguments.writing.rows_per_second, "Messages a second")
      ->capture_default_str();
  write->add_option("--seed", arguments.writing.seed, "The same seed writes the same rows");
}

void run(const CLI::App& app, Arguments& arguments) {
  if (app.got_subcommand("create")) {
    arguments.history.wal = arguments.journal == "wal";
    valise::bench::create_history(arguments.database, arguments.history);
    return;
  }
  // The others would create an empty file where there is none.
  if (!std::filesystem::is_regular_file(arguments.database)) {
    throw std::runtime_error(arguments.database.string() + ": no such history");
  }
  if (app.got_subcommand("night")) valise::bench::apply_night(arguments.database, arguments.night);
  if (app.got_subcommand("write")) {
    valise::bench::write_constantly(arguments.database, arguments.writing);
  }
  if (app.got_subcommand("delete-chat")) {
    valise::bench::delete_chat(arguments.database, arguments.pages);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Makes a sample message history, and ages it.", "make_history"};
  app.require_subcommand(1);
  Arguments arguments;
  add_verbs(app, arguments);
  CLI11_PARSE(app, argc, argv);
  try {
    run(app, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make_history: %s\n", error.what());
    return 1;
  }
  return 0;
}
