#include "ops/recovery.hpp"

#include <doctest/doctest.h>

#include "base/files.hpp"
#include "base/hex.hpp"
#include "format/answer.hpp"
#include "format/slot.hpp"
#include "ops/attack_forgery.hpp"
#include "ops/request_file.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"
#include "support/test_files.hpp"
#include "support/vault_fixture.hpp"

namespace valise::test {
namespace {

constexpr const char* kRequestPassphrase = "crate velvet noon hazel orbit";

/// A vault under escrow of 2 of 3 agents, and a requester who has nothing but it.
struct FarApart {
  VaultFixture fixture;
  std::string full;
  std::string latest;
  std::string content_of_full;
  std::string content;
  std::unique_ptr<MemoryStorage> vault;
  RequestOptions request;

  FarApart() {
    fixture.set_policy(2, {"mara", "notary", "uncle"});
    full = fixture.back_up().snapshot;
    content_of_full = dump_database(fixture.database());
    fixture.change_database();
    static_cast<void>(fixture.back_up());
    fixture.change_database();
    latest = fixture.back_up().snapshot;
    content = dump_database(fixture.database());
    vault = fixture.in_memory();
    request.to = file("help.request");
    request.key = file("help.request.key");
    request.name = "Ben";
    request.passphrase_memory_kib = 64 * 1024;
  }

  [[nodiscard]] std::filesystem::path file(const std::string& name) const {
    return fixture.folder() / name;
  }
  RequestView ask() {
    return make_request_in(*vault, fixture.run("requester"), request,
                           [] { return Secret::copy_of(bytes_of(kRequestPassphrase)); });
  }
  std::filesystem::path answer(const std::string& agent) {
    AnswerOptions options;
    options.request = request.to;
    options.to = file(agent + ".answer");
    options.agent_dir = file("agent-" + agent);
    Run run = fixture.run(agent);
    // An agent needs no vault.
    run.places.vault = file("no vault here");
    static_cast<void>(answer_request(run, options, fixture.agent(agent),
                                     [](const RequestView&) { return true; }));
    return options.to;
  }
  [[nodiscard]] CombineResult combine(std::vector<std::filesystem::path> answers,
                                      const std::string& snapshot = "latest",
                                      const std::string& passphrase = kRequestPassphrase,
                                      const Cancellation* cancellation = nullptr) {
    CombineOptions options;
    options.request = request.to;
    options.key = request.key;
    options.answers = std::move(answers);
    options.restore.snapshot = snapshot;
    options.restore.to = fixture.new_folder();
    Run run = fixture.run("requester");
    run.cancellation = cancellation;
    return combine_answers_in(*vault, run, options, [&] {
      Unlock unlock;
      unlock.secret = Secret::copy_of(bytes_of(passphrase));
      return unlock;
    });
  }
  [[nodiscard]] std::string why(std::vector<std::filesystem::path> answers,
                                const std::string& snapshot = "latest",
                                const std::string& passphrase = kRequestPassphrase) {
    return message_of(
        [&] { static_cast<void>(combine(std::move(answers), snapshot, passphrase)); });
  }
};

bool tells_of(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("two of three agents who are far apart open a whole chain for a requester") {
  FarApart scene;
  const RequestView request = scene.ask();
  CHECK(request.name == "Ben");
  CHECK(request.backups == 3);
  CHECK(request.k == 2);
  CHECK(request.agents.size() == 3);
  CHECK(request.devices == std::vector<std::string>{"laptop"});
  CHECK(request.snapshots == std::vector<std::string>{scene.latest});
  CHECK(request.vault_id == hex(scene.fixture.vault_id()));
  CHECK(request.last - request.first == 2 * kDay);

  const auto mara = scene.answer("mara");
  const auto uncle = scene.answer("uncle");
  const CombineResult result = scene.combine({mara, uncle});
  CHECK(result.agents == std::vector<std::string>{"mara", "uncle"});
  CHECK(result.restored.snapshot == scene.latest);
  CHECK(dump_database(result.restored.database) == scene.content);
  INFO("and any other backup of the request");
  CHECK(dump_database(scene.combine({uncle, mara}, scene.full).restored.database) ==
        scene.content_of_full);
  INFO("three answers do as well");
  const auto notary = scene.answer("notary");
  CHECK(dump_database(scene.combine({notary, uncle, mara}).restored.database) == scene.content);
}

TEST_CASE("an agent sees whose backups a request is about, and may say no") {
  FarApart scene;
  static_cast<void>(scene.ask());
  const std::filesystem::path dir = scene.file("agent-mara");
  CHECK_FALSE(show_request(scene.request.to, dir).known_owner);
  write_card(owner_card(scene.fixture.run(), scene.fixture.owner()), scene.file("owner.card"));
  CHECK(kind_of([&] {
          static_cast<void>(keep_owner_card(dir, scene.file("owner.card"), "Aunt Ada",
                                            [](const KnownOwner&) { return false; }));
        }) == ErrorKind::usage);
  static_cast<void>(keep_owner_card(dir, scene.file("owner.card"), "Aunt Ada",
                                    [](const KnownOwner&) { return true; }));
  CHECK(show_request(scene.request.to, dir).known_owner == "Aunt Ada");

  AnswerOptions options;
  options.request = scene.request.to;
  options.to = scene.file("no.answer");
  options.agent_dir = dir;
  RequestView seen;
  bool asked_for_key = false;
  CHECK(kind_of([&] {
          static_cast<void>(answer_request(
              scene.fixture.run("mara"), options,
              [&] {
                asked_for_key = true;
                return Unlock{};
              },
              [&](const RequestView& view) {
                seen = view;
                return false;
              }));
        }) == ErrorKind::usage);
  CHECK_FALSE(asked_for_key);
  CHECK_FALSE(std::filesystem::exists(options.to));
  CHECK(seen.known_owner == "Aunt Ada");
  CHECK(seen.fingerprint == show_request(scene.request.to, dir).fingerprint);
}

TEST_CASE(
    "attack: k-1 shares, forged share, duplicate or zero index: answers of fewer than k agents, or "
    "of one twice") {
  FarApart scene;
  static_cast<void>(scene.ask());
  const auto mara = scene.answer("mara");
  CHECK(tells_of(scene.why({mara}), "2 agents must answer and 1 did (\"mara\")"));
  CHECK(tells_of(scene.why({}), "2 agents must answer and 0 did"));
  INFO("the same agent twice does not count twice");
  std::filesystem::copy_file(mara, scene.file("copy.answer"));
  CHECK(tells_of(scene.why({mara, scene.file("copy.answer")}), "\"mara\" has answered already"));
  CHECK(kind_of([&] { static_cast<void>(scene.combine({mara, mara})); }) == ErrorKind::wrong_key);
}

TEST_CASE(
    "attack: k-1 shares, forged share, duplicate or zero index: a forged answer, its agent named") {
  FarApart scene;
  static_cast<void>(scene.ask());
  const auto mara = scene.answer("mara");
  const ReceivedRequest received = read_request_file(scene.request.to);
  const RootKeys uncle = scene.fixture.agent_keys("uncle");
  Answer answer;
  answer.request_id = received.id;
  answer.slot = 3;
  write_text(scene.file("forged.answer"),
             text_of(seal_answer(answer, received.request, Bytes(96, 7), uncle.signing())));
  const std::string why = scene.why({mara, scene.file("forged.answer")});
  CHECK(tells_of(why, "forged.answer"));
  CHECK(tells_of(why, "\"uncle\""));
  INFO("an answer in another agent's name has the wrong signature");
  answer.slot = 2;
  write_text(scene.file("named.answer"),
             text_of(seal_answer(answer, received.request, Bytes(96, 7), uncle.signing())));
  CHECK(
      tells_of(scene.why({mara, scene.file("named.answer")}), "signature of the agent \"notary\""));
  INFO("nobody is number zero");
  Bytes zero = *read_file(mara, 1 << 20);
  zero[40] = 0;
  write_text(scene.file("zero.answer"), text_of(zero));
  CHECK(tells_of(scene.why({mara, scene.file("zero.answer")}), "nobody whom the policy names"));
}

TEST_CASE(
    "attack: k-1 shares, forged share, duplicate or zero index: shares that a malicious writer "
    "made up") {
  FarApart scene;
  // Slots that open and whose proofs fit, around shares of another polynomial.
  Credential credential = scene.fixture.credential();
  Forgery forgery(credential, DatabaseImage::read(scene.fixture.database()));
  Secret dek;
  const Entry honest = forgery.put(*scene.vault, credential, &dek);
  const SlotContext context = slot_context(honest.header, *honest.as<BackupPayload>());
  const RootKeys mara = scene.fixture.agent_keys("mara");
  const std::string forged =
      put_slot_into(*scene.vault, credential, honest, dek.view(), 1,
                    make_slot(Bytes(32, 9), context, 1, {mara.pk(), mara.psk()}));

  scene.request.snapshots = {forged};
  static_cast<void>(scene.ask());
  const auto from_mara = scene.answer("mara");
  const auto from_uncle = scene.answer("uncle");
  const std::string why = scene.why({from_mara, from_uncle});
  CHECK(tells_of(why, "commitment"));
  CHECK(tells_of(why, forged));
  CHECK(tells_of(why, "\"mara\", \"uncle\""));
  INFO("whoever tires of the search for those that fit can end it");
  Cancellation cancellation;
  cancellation.request();
  CHECK(kind_of([&] {
          static_cast<void>(
              scene.combine({from_mara, from_uncle}, "latest", kRequestPassphrase, &cancellation));
        }) == ErrorKind::cancelled);
  INFO("with one more answer those two do that are honest, and the odd one is named");
  const auto from_notary = scene.answer("notary");
  for (const auto& order : {std::vector{from_mara, from_uncle, from_notary},
                            std::vector{from_notary, from_mara, from_uncle},
                            std::vector{from_uncle, from_notary, from_mara}}) {
    scene.fixture.warnings.clear();
    CHECK(scene.combine(order).restored.snapshot == forged);
    REQUIRE_FALSE(scene.fixture.warnings.empty());
    CHECK(tells_of(scene.fixture.warnings.back(), "\"mara\""));
  }
}

TEST_CASE(
    "attack: a garbage slot, or one made with a wrong psk, all else honest: garbage keeps its "
    "agent from answering, by name") {
  FarApart scene;
  Credential credential = scene.fixture.credential();
  Slot garbage{};
  garbage.fill(0x5a);
  const std::string forged =
      put_with_slot(*scene.vault, credential,
                    Forgery(credential, DatabaseImage::read(scene.fixture.database())), 3, garbage);
  scene.request.snapshots = {forged};
  static_cast<void>(scene.ask());
  const std::string why = message_of([&] { static_cast<void>(scene.answer("uncle")); });
  CHECK(tells_of(why, forged));
  CHECK(tells_of(why, "slot 3"));
  CHECK(tells_of(why, "\"uncle\""));
  CHECK_FALSE(std::filesystem::exists(scene.file("uncle.answer")));
  CHECK(std::filesystem::exists(scene.answer("mara")));
}

TEST_CASE("a request is refused for an end-to-end backup, and for two policies at once") {
  FarApart scene;
  scene.fixture.set_policy(0, {});
  const std::string e2ee = scene.fixture.back_up().snapshot;
  scene.vault = scene.fixture.in_memory();
  const auto asking = [&](std::vector<std::string> snapshots) {
    scene.request.snapshots = std::move(snapshots);
    return message_of([&] { static_cast<void>(scene.ask()); });
  };
  CHECK(tells_of(asking({e2ee}), "only its owner can open it"));
  CHECK(tells_of(asking({scene.full, e2ee}), "under different policies"));
  CHECK(tells_of(asking({"0000"}), "there is no snapshot"));
  CHECK_FALSE(std::filesystem::exists(scene.request.to));
  CHECK_FALSE(std::filesystem::exists(scene.request.key));
  CHECK(asking({scene.full, scene.latest}).empty());
  INFO("never over a file");
  CHECK(tells_of(asking({scene.full}), "never overwritten"));
}

TEST_CASE("answers are of use to the holder of the request's key alone") {
  FarApart scene;
  static_cast<void>(scene.ask());
  const std::vector<std::filesystem::path> answers{scene.answer("mara"), scene.answer("uncle")};
  CHECK(kind_of([&] {
          static_cast<void>(scene.combine(answers, "latest", "another passphrase of six words"));
        }) == ErrorKind::wrong_key);
  INFO("the key of another request");
  RequestOptions first = scene.request;
  scene.request.to = scene.file("second.request");
  scene.request.key = scene.file("second.key");
  static_cast<void>(scene.ask());
  scene.request.to = first.to;
  CHECK(tells_of(scene.why(answers), "key of another request"));
  INFO("answers to another request");
  scene.request = first;
  scene.request.to = scene.file("second.request");
  scene.request.key = scene.file("second.key");
  CHECK(tells_of(scene.why(answers), "answers another request"));
  INFO("no share and no key stands in clear in any file");
  const ReceivedRequest received = read_request_file(first.to);
  for (const char* agent : {"mara", "uncle"}) {
    const RootKeys keys = scene.fixture.agent_keys(agent);
    const auto slot = static_cast<std::uint8_t>(agent[0] == 'm' ? 1 : 3);
    const auto& backup = *received.request.backups[0].as<BackupPayload>();
    const auto share =
        open_slot(backup.slots[slot], slot_context(received.request.backups[0].header, backup),
                  slot, keys.sk(), keys.pk(), keys.psk());
    REQUIRE(share);
    for (const auto& file : std::filesystem::recursive_directory_iterator(scene.fixture.folder())) {
      if (!file.is_regular_file()) continue;
      CAPTURE(file.path().string());
      CHECK(text_at(file.path()).find(text_of(share->view())) == std::string::npos);
    }
  }
}

TEST_CASE("where one agent is enough, its answer from afar is enough too") {
  FarApart scene;
  scene.fixture.set_policy(1, {"mara", "notary"});
  scene.fixture.change_database();
  const std::string snapshot = scene.fixture.back_up().snapshot;
  scene.vault = scene.fixture.in_memory();
  static_cast<void>(scene.ask());
  const CombineResult result = scene.combine({scene.answer("notary")});
  CHECK(result.restored.snapshot == snapshot);
  CHECK(dump_database(result.restored.database) == dump_database(scene.fixture.database()));
  INFO("whom the policy does not name cannot answer");
  CHECK(kind_of([&] { static_cast<void>(scene.answer("uncle")); }) == ErrorKind::wrong_key);
}

TEST_CASE("a backup that the request does not name stays closed") {
  FarApart scene;
  scene.request.snapshots = {scene.full};
  static_cast<void>(scene.ask());
  const std::vector<std::filesystem::path> answers{scene.answer("mara"), scene.answer("uncle")};
  CHECK(scene.combine(answers).restored.snapshot == scene.full);
  CHECK(tells_of(scene.why(answers, scene.latest), "does not name it"));
}

}  // namespace valise::test
