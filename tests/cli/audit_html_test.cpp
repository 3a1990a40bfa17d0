#include "cli/audit_html.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "cli/audit_sample.hpp"
#include "cli/html_text.hpp"
#include "support/error_kind.hpp"
#include "support/temp_folder.hpp"
#include "support/test_files.hpp"
#include "support/texts.hpp"

namespace valise::cli {

namespace {

using test::AuditSample;
using test::contains;

std::string page_of(const AuditSample& sample) {
  const test::TempFolder folder;
  {
    AuditHtml html(folder.path() / "report.html");
    sample.report_all(html);
  }
  return test::text_at(folder.path() / "report.html");
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("the page stands alone: no script, and nothing from elsewhere") {
  const std::string page = page_of({});
  CHECK(page.starts_with("<!DOCTYPE html>"));
  for (const char* part :
       {"<script", "javascript:", "http://", "https://", "@import", "src=", "<link", "<iframe"}) {
    CAPTURE(part);
    CHECK_FALSE(contains(page, part));
  }
  CHECK(contains(page, "default-src 'none'"));
  for (const char* part : {"width=device-width", "prefers-color-scheme:dark", "@media print"}) {
    CHECK(contains(page, part));
  }
}

TEST_CASE("the page tells of every backup, reader, checkpoint line and limit") {
  const std::string page = page_of({});
  CHECK(count_of(page, "<tr><td><code>") == 3);
  for (const char* part : {"11111111", "22222222", "33333333", "escrowed, 1 of 1", "end-to-end",
                           "Mara", "ABCD-EFGH-JKMN-PQRS", "never drilled", "aa 2 bb ee",
                           "class=\"band esc\"", "class=\"band e2ee\""}) {
    CAPTURE(part);
    CHECK(contains(page, part));
  }
  for (const std::string& limit : audit_limits()) CHECK(contains(page, html_text(limit)));
  // Every element that is opened is closed.
  for (const std::string tag : {"section", "div", "article", "table", "svg", "main", "details"}) {
    CAPTURE(tag);
    CHECK(count_of(page, "<" + tag + ">") + count_of(page, "<" + tag + " ") ==
          count_of(page, "</" + tag + ">"));
  }
}

TEST_CASE("whatever a vault holds is escaped on the page") {
  AuditSample sample;
  const std::string evil = "<img src=x onerror=alert(1)>\"'&";
  sample.vault.folder = "/mnt/" + evil;
  sample.vault.agents[0].name = evil;
  sample.vault.policies[1].readers[1].reader.name = evil;
  sample.backups[0].device = evil;
  sample.vault.sources[0].device = evil;
  sample.backups[1].findings = {evil};
  sample.findings = {{"gap", Severity::error, evil, evil, {}}};
  sample.vault.errors = 1;
  const std::string page = page_of(sample);
  CHECK_FALSE(contains(page, "<img"));
  CHECK(count_of(page, "&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;") >= 6);
}

TEST_CASE("the page shows what the key at hand opened") {
  AuditSample sample;
  CHECK_FALSE(contains(page_of(sample), "own slot"));
  sample.backups[2].own_slot_rebuilt = true;
  sample.vault.own_slots = 1;
  const std::string page = page_of(sample);
  CHECK(count_of(page, "<td>L1 signed, <span class=\"yes\">\u2713 own slot</span><td>") == 1);
  CHECK(contains(page, "3 L1 signed, own slot of 1"));
  CHECK(contains(page, "<b>own slot</b>: the slot of the key at hand is the one that it opens"));
}

TEST_CASE("a long stretch folds, and an empty vault has a page too") {
  AuditSample sample;
  sample.vault.sources[0].stretches[0].backups = 500;
  CHECK(count_of(page_of(sample), "<details>") == 1);
  AuditSample empty;
  empty.backups.clear();
  empty.vault.sources.clear();
  empty.vault.policies.clear();
  empty.vault.agents.clear();
  empty.vault.levels = {};
  empty.vault.backup_count = empty.vault.e2ee = empty.vault.escrowed = 0;
  const std::string page = page_of(empty);
  CHECK(contains(page, "The vault holds no backup."));
  CHECK(count_of(page, "<div") == count_of(page, "</div>"));
}

TEST_CASE("the page's file is new, private and whole, or not there") {
  const test::TempFolder folder;
  const std::filesystem::path path = folder.path() / "report.html";
  {
    AuditHtml html(path);
    AuditSample().report(html);
    CHECK_FALSE(std::filesystem::exists(path));
  }
  CHECK(test::names_in(folder.path()).empty());
  {
    AuditHtml html(path);
    AuditSample().report_all(html);
  }
  struct stat info {};
  REQUIRE(stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(test::names_in(folder.path()).size() == 1);
  CHECK(test::kind_of([&] { AuditHtml html(path); }) == ErrorKind::usage);
  // One that came up meanwhile is left alone.
  const std::filesystem::path other = folder.path() / "other.html";
  AuditHtml html(other);
  test::write_text(other, "mine");
  CHECK(test::kind_of([&] { AuditSample().report_all(html); }) == ErrorKind::usage);
  CHECK(test::text_at(other) == "mine");
}

}  // namespace valise::cli
