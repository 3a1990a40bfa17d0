#include <doctest/doctest.h>

#include "cli/audit_outputs.hpp"
#include "support/test_files.hpp"
#include "support/texts.hpp"

namespace valise::test {

TEST_CASE("checkpoint lines of no vault stand in all four outputs, and come back with the text") {
  AuditScene a;
  AuditScene b;
  a.nights(2);
  b.nights(1);
  a.clock.set(std::max(a.vault.now, b.vault.now));
  const std::filesystem::path folder = a.folder.path();
  const std::vector<std::filesystem::path> vaults{folder / "a", folder / "b"};
  a.vault.write_to(vaults[0]);
  b.vault.write_to(vaults[1]);
  const std::string three = std::string(64, 'a') + " 7 " + std::string(64, 'b');
  const std::string four = std::string(64, 'c') + " 8 " + std::string(64, 'd') + " ";
  const std::string kept = outputs_of(a, vaults).text;
  CHECK_FALSE(contains(kept, "of the checkpoint could be compared"));
  AuditOptions options;
  options.checkpoint = folder / "kept";
  write_text(folder / "kept", kept + three + "\n" + four + std::string(32, 'e') + "\n");

  const AuditOutputs out = outputs_of(a, vaults, options);
  CHECK(contains(out.text, "2 lines of the checkpoint could be compared with no vault"));
  CHECK(contains(out.html, "2 lines of the checkpoint could be compared with no vault"));
  for (const std::string& text : {out.text, out.html}) {
    CHECK(contains(text, "\n" + four + std::string(32, 'e') + "\n"));
    CHECK(contains(text, three + "\n"));
  }
  const cli::Json total = out.json.back();
  CHECK(total.at("checkpoint_unused") == 2);
  REQUIRE(total.at("checkpoint_unused_lines").size() == 2);
  CHECK(total.at("checkpoint_unused_lines")[0].at("seq") == 7);
  CHECK(total.at("checkpoint_unused_lines")[0].at("vault").is_null());
  CHECK(total.at("checkpoint_unused_lines")[1].at("vault") == std::string(32, 'e'));
  CHECK(out.number("SELECT count(*) FROM unused_line WHERE seq = 7 AND vault_id IS NULL") == 1);
  CHECK(out.number("SELECT count(*) FROM unused_line") == 2);

  INFO("a vault that is away for a day is compared on the next");
  options.checkpoint = folder / "kept-of-a";
  write_text(folder / "kept-of-a", kept);
  std::filesystem::rename(vaults[1], folder / "away");
  const AuditOutputs without = outputs_of(a, vaults, options);
  CHECK(without.json.back().at("checkpoint_unused") == 2);
  write_text(folder / "next", without.text);
  options.checkpoint = folder / "next";
  std::filesystem::rename(folder / "away", vaults[1]);
  CHECK(outputs_of(a, vaults, options).json.back().at("checkpoint_unused") == 0);
}

}  // namespace valise::test
