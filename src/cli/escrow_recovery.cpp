// valise escrow request, combine

#include <fmt/format.h>

#include "cli/escrow_verbs.hpp"
#include "cli/files_out.hpp"
#include "cli/new_key.hpp"
#include "cli/output_path.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

std::filesystem::path request_key_path(const std::optional<std::string>& given,
                                       const std::filesystem::path& request) {
  return given ? absolute_path(*given, "--key") : std::filesystem::path(request.string() + ".key");
}

class RequestVerb : public Verb {
 public:
  explicit RequestVerb(CLI::App& escrow)
      : Verb(*escrow.add_subcommand("request", "Ask agents to open backups together")) {
    command()
        .add_option("SNAPSHOT", options_.snapshots,
                    "What to ask for: latest, ids or dates (default: latest)")
        ->option_text("...");
    command()
        .add_option("--to", to_, "The request, a new file to send to the agents")
        ->type_name("FILE")
        ->required();
    command()
        .add_option("--key", key_,
                    "The key that their answers are sealed to, a new file to keep (default: the "
                    "request's name and .key)")
        ->type_name("FILE");
    command()
        .add_option("--name", name_, "Who asks, as the agents will see it (default: the user's)")
        ->type_name("NAME");
    command()
        .add_option("--source", options_.source,
                    "Only backups of this source: the beginning of its id")
        ->type_name("SOURCE");
    command()
        .add_option("--passphrase-memory", memory_mib_,
                    "Memory that every guess of the key's passphrase costs, 64 to 4096 (default: "
                    "256)")
        ->type_name("MIB")
        ->check(CLI::Range(64U, 4096U).description(""));
    add_passphrase_options(command(), secret_);
    command().footer(
        "Needs the vault's folder and no key of it. The passphrase is a new one: it guards\n"
        "the key that answers are sealed to until they are all there. Send the request to\n"
        "each agent, and read them its fingerprint by voice.\n"
        "\n"
        "Example:\n"
        "  valise escrow request --vault /mnt/usb/vault --to help.request --name Ben");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    options_.to = output_path(to_, "--to");
    options_.key = request_key_path(key_, options_.to);
    refuse_in_vault(options_.key, "--key");
    options_.name = name_.value_or(default_user_name());
    options_.passphrase_memory_kib = memory_mib_ * 1024;
    session.secrets().require_source(secret_);
    const RequestView request = make_request(run, options_, [&] {
      return session.secrets().new_passphrase(secret_, "the request, to open its answers with");
    });
    if (session.json()) {
      Json out{{"type", "summary"}, {"request", request_json(request)}};
      set_path(out, "file", options_.to);
      set_path(out, "key_file", options_.key);
      session.print(out);
      return 0;
    }
    session.report(
        fmt::format("{}\nSend {} to the agents, and read them the fingerprint by voice:\n  {}\n"
                    "Each answers with: valise escrow open --request FILE --to ANSWER\n"
                    "Keep {}; with {} and its passphrase:\n"
                    "  valise escrow combine --request FILE ANSWER... --to DIR\n",
                    request_text(request, "key " + short_id(request.owner)),
                    printable_path(options_.to), printable(request.fingerprint),
                    printable_path(options_.key), format_count_of(request.k, "answer")));
    return 0;
  }

 private:
  RequestOptions options_;
  std::string to_;
  std::optional<std::string> key_;
  std::optional<std::string> name_;
  std::uint32_t memory_mib_ = 256;
  SecretOptions secret_;
};

class CombineVerb : public Verb {
 public:
  explicit CombineVerb(CLI::App& escrow)
      : Verb(*escrow.add_subcommand("combine", "Restore from the answers of agents")) {
    command()
        .add_option("ANSWER", answers_, "The agents' answers")
        ->type_name("FILE")
        ->option_text("...")
        ->required();
    command()
        .add_option("--request", request_, "The request that they answered")
        ->type_name("FILE")
        ->required();
    command()
        .add_option("--key", key_, "Its key file (default: the request's name and .key)")
        ->type_name("FILE");
    command()
        .add_option("--snapshot", options_.restore.snapshot,
                    "Which backup of the request to restore (default: the newest)")
        ->type_name("SNAPSHOT");
    command().add_option("--to", to_, "The folder to restore into")->type_name("DIR")->required();
    command().add_flag("--overwrite", options_.restore.overwrite, "Replace what stands there");
    add_passphrase_options(command(), secret_);
    command().footer(
        "Needs the vault's folder, the request and its key, and as many answers as the\n"
        "policy says.\n"
        "\n"
        "Example:\n"
        "  valise escrow combine --vault /mnt/usb/vault --request help.request \\\n"
        "    mara.answer uncle.answer --to ~/restored");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    options_.request = absolute_path(request_, "--request");
    options_.key = request_key_path(key_, options_.request);
    for (const std::string& answer : answers_) {
      options_.answers.push_back(absolute_path(answer, "ANSWER"));
    }
    options_.restore.to = output_path(to_, "--to");
    session.secrets().require_source(secret_);
    const CombineResult result = combine_answers(run, options_, [&] {
      return session.secrets().unlock(secret_, "the request " + printable_path(options_.request));
    });
    if (session.json()) {
      Json out = restore_json(result.restored);
      out["agents"] = result.agents;
      session.print(out);
      return exit_code_of(result.restored);
    }
    print_restored(session, result.restored);
    session.report(fmt::format("The request and its key have served: remove {}.\n",
                               printable_path(options_.key)));
    return exit_code_of(result.restored);
  }

 private:
  CombineOptions options_;
  std::vector<std::string> answers_;
  std::string request_;
  std::string to_;
  std::optional<std::string> key_;
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_escrow_request(CLI::App& escrow) {
  return std::make_unique<RequestVerb>(escrow);
}
std::unique_ptr<Verb> add_escrow_combine(CLI::App& escrow) {
  return std::make_unique<CombineVerb>(escrow);
}

}  // namespace valise::cli
