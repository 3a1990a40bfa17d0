#include "cli/choose_sources.hpp"

#include <doctest/doctest.h>

#include "cli/text_out.hpp"

namespace {

using namespace valise;
using namespace valise::cli;
using Numbers = std::vector<std::size_t>;

SourceRow sample_row() {
  SourceRow row;
  row.path = "/home/ada/Library/Messages/chat.db";
  row.installed = true;
  row.profile = "imessage";
  row.schema_version = "0 (18026)";
  row.messages = 2000;
  row.first_message = 1'704'067'200;
  row.last_message = 1'711'152'000;
  row.attachments = 12;
  return row;
}

}  // namespace

TEST_CASE("a choice is numbers, all, or nothing for all") {
  CHECK(parse_choice("", 3) == Numbers{0, 1, 2});
  CHECK(parse_choice("  ", 2) == Numbers{0, 1});
  CHECK(parse_choice("all", 2) == Numbers{0, 1});
  CHECK(parse_choice("2", 3) == Numbers{1});
  CHECK(parse_choice("3, 1", 3) == Numbers{2, 0});
  CHECK(parse_choice("1 1,1", 3) == Numbers{0});
  for (const char* wrong : {"0", "4", "-1", "x", "1 x", "all 1", "1 all", "1.5", "1-2", "+1",
                            "99999999999999999999", "\xff"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_choice(wrong, 3).has_value());
  }
}

TEST_CASE("sources are listed with what is in them, and what is wrong with them") {
  SourcesReport report;
  CHECK(sources_text(report).find("valise backup DATABASE") != std::string::npos);
  report.sources = {sample_row(), sample_row(), sample_row()};
  report.sources[0].backed_up = true;
  report.sources[0].last_backup = 1'769'846'400;
  report.sources[0].attachments_outside = 1'234;
  report.sources[1].path = "/home/ada/a\x1b[2Jb";
  report.sources[1].problem = "no \x1b permission";
  report.sources[1].schema_version.clear();
  report.sources[1].profile.clear();
  report.sources[2].profile = "sqlite";
  report.sources[2].first_message.reset();
  report.sources[2].attachments = 0;
  const std::string text = sources_text(report);
  CHECK(text.find("imessage  /home/ada/Library/Messages/chat.db\n"
                  "  2,000 messages, 2024-01-01 to 2024-03-23, 12 attachment files and 1,234 "
                  "elsewhere; schema version 0 (18026)\n"
                  "  Backed up, last on 2026-01-31 08:00:00 UTC.\n") == 0);
  CHECK(text.find("cannot be read: no ") != std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("  2,000 rows; schema version") != std::string::npos);
  CHECK(text.find("Not backed up: valise backup ") != std::string::npos);

  report.vault_problem = "no vault";
  const std::string blind = sources_text(report);
  CHECK(blind.find("Not backed up") == std::string::npos);
  CHECK(blind.find("What is backed up is not known: no vault.") != std::string::npos);
}

TEST_CASE("a source is a JSON object of type source") {
  Json object = source_row_json(sample_row());
  CHECK(object["type"] == "source");
  CHECK(object["path"] == "/home/ada/Library/Messages/chat.db");
  CHECK(object["readable"] == true);
  CHECK(object["last_backup"].is_null());
  CHECK(object["first_message"] == "2024-01-01T00:00:00Z");
  CHECK(object["attachments"] == 12);
  SourceRow unreadable = sample_row();
  unreadable.problem = "no permission";
  unreadable.profile.clear();
  object = source_row_json(unreadable);
  CHECK(object["readable"] == false);
  CHECK(object["problem"] == "no permission");
  CHECK(object["profile"].is_null());
  CHECK_FALSE(object.contains("messages"));
}
