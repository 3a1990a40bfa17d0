#include "cli/audit_outputs.hpp"

#include <doctest/doctest.h>

#include "support/texts.hpp"

namespace valise::test {

TEST_CASE("the card that a vault matched is named in all four outputs") {
  AuditScene scene;
  scene.nights(1);
  scene.clock.set(scene.vault.now);
  const std::filesystem::path folder = scene.folder.path();
  scene.vault.write_to(folder / "vault");
  AuditOutputs out = outputs_of(scene, {folder / "vault"});
  CHECK(contains(out.text, "NOT compared"));
  CHECK(out.lines("summary").at(0).at("pinned_card").is_null());
  CHECK(out.number("SELECT pinned_card IS NULL FROM vault") == 1);

  std::filesystem::create_directory(folder / "cards");
  const AuditScene other;
  other.vault.write_card(folder / "cards" / "another.card");
  scene.vault.write_card(folder / "cards" / "h&m.card");
  // The same owner's card once more: the first by name is told.
  scene.vault.write_card(folder / "cards" / "z.card");
  AuditOptions options;
  options.pins = {folder / "cards"};
  out = outputs_of(scene, {folder / "vault"}, options);
  const std::string card = (folder / "cards" / "h&m.card").string();
  CHECK(contains(out.text, "  compared: the card " + card + " holds the same key\n"));
  CHECK(contains(out.html, "the same as on the card " +
                               (folder / "cards" / "h&amp;m.card").string() + "</span>"));
  CHECK(out.lines("summary").at(0).at("pinned_card") == card);
  CHECK(out.number("SELECT count(*) FROM vault WHERE pinned_card = '" + card + "'") == 1);
}

}  // namespace valise::test
