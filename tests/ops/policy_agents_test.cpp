#include <doctest/doctest.h>

#include <filesystem>

#include "format/card.hpp"
#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/test_files.hpp"
#include "support/vault_fixture.hpp"
#include "valise/policy.hpp"
#include "vault/root_chain.hpp"
#include "vault/signed_log.hpp"
#include "vault/vault.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

/// Works in a folder, as an owner does who names a card there.
class InFolder {
 public:
  explicit InFolder(const fs::path& folder) : before_(fs::current_path()) {
    fs::current_path(folder);
  }
  ~InFolder() {
    std::error_code ignored;
    fs::current_path(before_, ignored);
  }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;

 private:
  fs::path before_;
};

/// A policy of one agent, signed as it was before there was a rule for names.
void sign_old_policy(VaultFixture& fixture, const Card& card) {
  LocalStorage storage = LocalStorage::open(fixture.vault_folder());
  const Vault vault = Vault::open(storage);
  const RootChain roots = RootChain::read(vault);
  const RootKeys owner = fixture.owner_keys();
  EntryHeader header;
  header.vault_id = vault.id();
  header.signer = owner.sign_pk();
  header.seq = roots.head().seq + 1;
  header.time = fixture.clock.now();
  header.prev = roots.head().entry_id;
  PolicyPayload payload;
  payload.k = 1;
  payload.agents.push_back({card.pk, card.sign_pk, card.name});
  std::vector<Secret> device_psks;
  for (const auto& [pk, device] : roots.devices()) {
    payload.devices.push_back({pk, 0, device.entry.id, {}});
    device_psks.push_back(owner.device_psk(pk));
  }
  seal_policy_psks(header, payload, owner, device_psks, card.psk.view());
  publish_entry(vault, sign_entry(header, payload, owner.signing()));
}

/// A vault of which "mara" was an agent once, and a folder with another agent's card.
struct NamesScene {
  VaultFixture fixture;
  fs::path folder = fixture.folder() / "cards";
  std::vector<NewAgent> asked;

  NamesScene() { fs::create_directory(folder); }

  PolicyChangeResult set(const std::string& agent) {
    const InFolder here(folder);
    PolicyChange change;
    change.escrow = true;
    change.k = 1;
    change.agents = {agent};
    return set_policy(fixture.run(), change, fixture.owner(), [&](const NewAgent& agent_asked) {
      asked.push_back(agent_asked);
      return true;
    });
  }
  /// That argument is refused, nobody is asked, and the policy is as before.
  void check_refused(const std::string& agent, const std::vector<std::string>& says) {
    const std::string before = show_policy(fixture.run()).id;
    const auto attempt = [&] { static_cast<void>(set(agent)); };
    CHECK(kind_of(attempt) == ErrorKind::usage);
    const std::string message = message_of(attempt);
    CAPTURE(message);
    for (const std::string& words : says) CHECK(message.find(words) != std::string::npos);
    CHECK(asked.empty());
    CHECK(show_policy(fixture.run()).id == before);
  }
};

}  // namespace

TEST_CASE("an agent that calls itself like a card file does not slip in for the card") {
  NamesScene scene;
  const RootKeys thief = RootKeys::generate();
  const Card card = make_card(thief, CardKind::agent, "agent.card");
  sign_old_policy(scene.fixture, card);
  scene.fixture.set_policy(0, {});
  const CardView bob = show_card(scene.fixture.new_agent("bob"));
  write_text(scene.folder / "agent.card", bob.text + "\n");
  scene.check_refused("agent.card", {"may mean two things", "./agent.card", bob.fingerprint,
                                     fingerprint(card.pk, card.sign_pk, card.name)});
  INFO("with a slash it is the file, and asked about");
  const PolicyChangeResult result = scene.set("./agent.card");
  REQUIRE(result.after.agents.size() == 1);
  CHECK(result.after.agents[0].name == "bob");
  REQUIRE(scene.asked.size() == 1);
  CHECK(scene.asked[0].fingerprint == bob.fingerprint);
}

TEST_CASE("a policy that was signed before there was a rule for names stays of use") {
  NamesScene scene;
  const RootKeys keys = RootKeys::generate();
  const Card card = make_card(keys, CardKind::agent, "a/b.card");
  sign_old_policy(scene.fixture, card);
  CHECK(show_policy(scene.fixture.run()).agents[0].name == "a/b.card");
  write_text(scene.folder / "card", card_text(card) + "\n");
  CHECK(scene.set("card").after.agents[0].name == "a/b.card");
  INFO("to a stranger of that name the rule applies");
  const Card other = make_card(RootKeys::generate(), CardKind::agent, "a/b.card");
  write_text(scene.folder / "other", card_text(other) + "\n");
  scene.asked.clear();
  scene.check_refused("other", {"nobody can be called \"a/b.card\""});
}

TEST_CASE("a name and a file of that name must be the same agent") {
  NamesScene scene;
  scene.fixture.set_policy(1, {"mara"});
  const CardView mara = show_card(scene.fixture.card("mara"));
  SUBCASE("the same card") {
    write_text(scene.folder / "mara", mara.text + "\n");
    CHECK(scene.set("mara").after.agents[0].fingerprint == mara.fingerprint);
    CHECK(scene.asked.empty());
  }
  SUBCASE("a folder is no card") {
    fs::create_directory(scene.folder / "mara");
    CHECK(scene.set("mara").after.agents[0].fingerprint == mara.fingerprint);
  }
  SUBCASE("another agent's card") {
    const CardView bob = show_card(scene.fixture.new_agent("bob"));
    write_text(scene.folder / "mara", bob.text + "\n");
    scene.check_refused("mara", {"may mean two things", "the card of \"bob\"", "./mara"});
  }
  SUBCASE("no card at all") {
    write_text(scene.folder / "mara", "a letter\n");
    scene.check_refused("mara", {"may mean two things", "is no agent's card", "./mara"});
  }
  SUBCASE("an owner's card") {
    const Card card = make_card(scene.fixture.owner_keys(), CardKind::owner, "owner");
    write_text(scene.folder / "mara", card_text(card) + "\n");
    scene.check_refused("mara", {"may mean two things", "is no agent's card"});
  }
  SUBCASE("with a slash there is no name") {
    scene.check_refused("./mara", {"neither a card file nor the name"});
  }
}

TEST_CASE("who has the name of an agent that is known is told apart by the fingerprint") {
  NamesScene scene;
  scene.fixture.set_policy(1, {"mara"});
  const CardView first = show_card(scene.fixture.card("mara"));
  scene.fixture.set_policy(0, {});
  std::string name = "mara";
  SUBCASE("the very name") {}
  SUBCASE("in other case") { name = "Mara"; }
  SUBCASE("in other letters that are the same") { name = "\uff4dara"; }
  const Card second = make_card(RootKeys::generate(), CardKind::agent, name);
  write_text(scene.folder / "new.card", card_text(second) + "\n");
  static_cast<void>(scene.set("new.card"));
  REQUIRE(scene.asked.size() == 1);
  CHECK(scene.asked[0].namesakes == std::vector<std::string>{first.fingerprint});
  INFO("the agent whose keys are known is asked for no more, whoever has its name by now");
  static_cast<void>(scene.set(scene.fixture.card("mara")));
  CHECK(scene.asked.size() == 1);
  const PolicyView now = show_policy(scene.fixture.run());
  REQUIRE(now.agents.size() == 1);
  CHECK(now.agents[0].fingerprint == first.fingerprint);
}

TEST_CASE("no agent is made, or enrolled, or an owner kept, under a name that passes for a file") {
  NamesScene scene;
  KeygenOptions options;
  options.dir = scene.folder / "keys";
  options.name = "agent.card";
  const Run run = scene.fixture.run();
  CHECK(kind_of([&] { static_cast<void>(escrow_keygen(run, options, [](const Secret&) {})); }) ==
        ErrorKind::usage);
  CHECK_FALSE(fs::exists(options.dir));
  const Card card = make_card(RootKeys::generate(), CardKind::agent, "mara ");
  write_text(scene.folder / "mara.card", card_text(card) + "\n");
  scene.check_refused("mara.card", {"white space"});
  const Card owner = make_card(scene.fixture.owner_keys(), CardKind::owner, "owner");
  write_text(scene.folder / "owner", card_text(owner) + "\n");
  for (const char* name : {"ada.card", " ada", "a/da", ".ada"}) {
    CAPTURE(name);
    CHECK(kind_of([&] {
            static_cast<void>(keep_owner_card(scene.folder, scene.folder / "owner", name,
                                              [](const KnownOwner&) { return true; }));
          }) == ErrorKind::usage);
  }
  CHECK_FALSE(fs::exists(scene.folder / "owners"));
}

}  // namespace valise::test
