// valise escrow open

#include <fmt/format.h>

#include "cli/escrow_verbs.hpp"
#include "cli/files_out.hpp"
#include "cli/output_path.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

class OpenVerb : public Verb {
 public:
  explicit OpenVerb(CLI::App& escrow)
      : Verb(*escrow.add_subcommand("open", "As an agent: restore, or answer a request")) {
    command()
        .add_option("SNAPSHOT", snapshot_, "What to restore: latest, an id or a date")
        ->option_text(" ");
    command().add_option("--request", request_, "Answer this request")->type_name("FILE");
    command()
        .add_option("--to", to_, "The folder to restore into, or the answer, a new file")
        ->type_name("DIR|FILE")
        ->required();
    command()
        .add_option("--source", source_, "Restore only snapshots of this source")
        ->type_name("SOURCE");
    command().add_flag("--overwrite", overwrite_, "Replace what stands there");
    command().add_flag("--yes", yes_,
                       "Answer without a question: what is asked for was read before");
    add_agent_options(command(), agent_);
    command().footer(
        "Where one agent is enough it restores alone. Else it answers a request, from the\n"
        "request's file alone, with a file that is of use to the requester only.\n"
        "\n"
        "Example:\n"
        "  valise escrow open --vault /mnt/usb/vault --to ~/restored\n"
        "  valise escrow open --request help.request --to mara.answer");
  }

  int run(Session& session) override {
    if (request_ && (snapshot_ || source_ || overwrite_)) {
      throw Error(ErrorKind::usage, "with --request the backups are those of the request");
    }
    const Run run = session.make_run();
    return request_ ? answer(session, run) : open(session, run);
  }

 private:
  int open(Session& session, const Run& run) {
    RestoreOptions options;
    options.snapshot = snapshot_.value_or("latest");
    options.source = source_.value_or("");
    options.to = output_path(to_, "--to");
    options.overwrite = overwrite_;
    const RestoreResult result = restore(run, options, agent_unlock(session, run, agent_));
    print_restored(session, result);
    return exit_code_of(result);
  }

  // No slot binds a day, and an agent has no vault to ask.
  static std::string unknown_text(const RequestView& request) {
    return fmt::format(
        "  Not known:  the days are as {} that made the backups claim{}; whether {} revoked\n"
        "              is not known here\n",
        request.devices.size() == 1 ? "the device" : "the devices",
        request.devices.size() == 1 ? "s" : "",
        request.devices.size() == 1 ? "it was" : "they were");
  }

  int answer(Session& session, const Run& run) {
    AnswerOptions options;
    options.request = absolute_path(*request_, "--request");
    options.to = output_path(to_, "--to");
    options.agent_dir = agent_dir(agent_, run);
    const UnlockSource unlock = agent_unlock(session, run, agent_);
    const AnswerResult result =
        answer_request(run, options, unlock, [&](const RequestView& request) {
          return confirm_at_terminal(
              session,
              request_text(request, owner_words(request.known_owner)) + unknown_text(request),
              "Compare the fingerprint with the requester by voice. Open this for them? ", yes_);
        });
    if (session.json()) {
      Json out{{"type", "summary"},
               {"agent", result.agent},
               {"slot", result.slot},
               {"request", request_json(result.request)}};
      set_path(out, "file", options.to);
      session.print(out);
      return 0;
    }
    session.report(
        fmt::format("Wrote the answer of {} to {}. It opens for the requester alone: "
                    "send it back.\n",
                    printable(result.agent), printable_path(options.to)));
    return 0;
  }

  std::optional<std::string> snapshot_;
  std::optional<std::string> request_;
  std::optional<std::string> source_;
  std::string to_;
  bool overwrite_ = false;
  bool yes_ = false;
  AgentOptions agent_;
};

}  // namespace

std::unique_ptr<Verb> add_escrow_open(CLI::App& escrow) {
  return std::make_unique<OpenVerb>(escrow);
}

}  // namespace valise::cli
