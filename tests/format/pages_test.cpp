// The pages in formats/ are what vaults are kept by, so they are held to the code and the vectors.

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "support/shared.hpp"
#include "support/test_files.hpp"

namespace valise {
namespace {

std::filesystem::path formats_folder() {
  return std::filesystem::path(VALISE_SOURCE_DIR) / "formats";
}

/// The stems of all files in a folder with that ending.
std::set<std::string> stems(const std::filesystem::path& folder, std::string_view ending) {
  std::set<std::string> found;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() == ending) found.insert(file.path().stem().string());
  }
  return found;
}

struct VectorLine {
  std::string page;
  std::string file;  ///< Under tests/vectors.
  std::string text;
};

/// The lines of all ```vector blocks of a page; "```vector FILE" names another file than
/// golden.json.
std::vector<VectorLine> vector_lines(const std::string& page) {
  std::istringstream lines(test::text_at(formats_folder() / (page + ".md")));
  std::vector<VectorLine> found;
  std::optional<std::string> file;
  for (std::string line; std::getline(lines, line);) {
    if (file && line.starts_with("```")) {
      file.reset();
    } else if (file) {
      found.push_back({page, *file, line});
    } else if (line == "```vector") {
      file = "golden.json";
    } else if (line.starts_with("```vector ")) {
      file = line.substr(10);
    }
  }
  return found;
}

/// True if the pieces stand in `value` one after the other: each "@n" says at which byte of a hex
/// string what follows it stands, after "…" it may stand anywhere further on, else at once. A "…"
/// at the end stands for at least one byte.
bool pieces_stand(const std::string& value, const std::vector<std::string>& pieces) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < pieces.size();) {
    const bool anywhere = pieces[i] == "…";
    if (pieces[i][0] == '@') at = 2 * std::stoull(pieces[i].substr(1));
    if (anywhere || pieces[i][0] == '@') ++i;
    // Spaces between pieces are for the eye: together they are one run.
    std::string run;
    while (i < pieces.size() && pieces[i] != "…" && pieces[i][0] != '@') run += pieces[i++];
    if (anywhere && run.empty() && i == pieces.size()) return at < value.size();
    const std::size_t found = anywhere ? value.find(run, at) : at;
    if (run.empty() || found > value.size() || value.compare(found, run.size(), run) != 0) {
      return false;
    }
    at = found + run.size();
  }
  return true;
}

bool line_holds(const VectorLine& line) {
  std::istringstream words(line.text);
  std::string pointer;
  words >> pointer;
  const auto vectors = nlohmann::json::parse(test::read_all(test::vectors_folder() / line.file));
  const auto& value = vectors.at(nlohmann::json::json_pointer(pointer));
  if (!value.is_string()) {
    std::string number;
    words >> number;
    return value.dump() == number;
  }
  std::string rest;
  std::getline(words >> std::ws, rest);
  if (value == rest) return true;
  std::istringstream split(rest);
  std::vector<std::string> pieces;
  for (std::string piece; split >> piece;) pieces.push_back(piece);
  return !pieces.empty() && pieces_stand(value.get<std::string>(), pieces);
}

}  // namespace

TEST_CASE("every format has its page, and every page is in the index") {
  const std::string index = test::text_at(formats_folder() / "README.md");
  const auto pages = stems(formats_folder(), ".md");
  // Parts of a format whose page is another's.
  const std::set<std::string> parts{"catalog_reader", "catalog_row",   "catalog_writer",
                                    "manifest_form",  "entry_payload", "cbor",
                                    "media_piece",    "zstd_frame"};
  for (const std::string& format :
       stems(std::filesystem::path(VALISE_SOURCE_DIR) / "src" / "format", ".hpp")) {
    CAPTURE(format);
    CHECK((pages.contains(format) || parts.contains(format)));
  }
  for (const std::string& page : pages) {
    CAPTURE(page);
    CHECK((page == "README" || index.find("(" + page + ".md)") != std::string::npos));
  }
}

TEST_CASE("every worked example stands in the vectors") {
  for (const std::string& page : stems(formats_folder(), ".md")) {
    CAPTURE(page);
    const auto lines = vector_lines(page);
    const bool prose = page == "README" || page == "versioning" || page == "CHANGES";
    CHECK(lines.empty() == prose);
    for (const VectorLine& line : lines) {
      CAPTURE(line.text);
      CHECK(line_holds(line));
    }
  }
}

TEST_CASE("a worked example that is wrong is found") {
  // The comparison itself: one changed digit, a wrong place, a piece that is not there.
  const auto holds = [](const std::string& text) {
    return line_holds({"test", "golden.json", text});
  };
  CHECK(holds("/root/vault_id 7c29b16b3b57eebb741969bdcc784b4c"));
  CHECK_FALSE(holds("/root/vault_id 7c29b16b3b57eebb741969bdcc784b4d"));
  CHECK(holds("/root/vault_id @2 b16b … 4b4c"));
  CHECK_FALSE(holds("/root/vault_id @3 b16b"));
  CHECK_FALSE(holds("/root/vault_id 7c29 … b16c"));
  CHECK_FALSE(holds("/root/vault_id"));
  CHECK_FALSE(holds("/root/vault_id @400 7c"));
  CHECK(holds("/root/vault_id 7c29 …"));
  CHECK_FALSE(holds("/root/vault_id 7c29 … 4b4c …"));
  CHECK(holds("/root/vault_id … 6b 3b57"));
  CHECK_FALSE(holds("/root/vault_id … 6b 57"));
  CHECK(holds("/padme/9 10"));
  CHECK_FALSE(holds("/padme/9 11"));
}

TEST_CASE("every label of the vault's formats stands in notation.md") {
  const std::string notation = test::text_at(formats_folder() / "notation.md");
  std::set<std::string> labels;
  for (const auto& file : std::filesystem::recursive_directory_iterator(
           std::filesystem::path(VALISE_SOURCE_DIR) / "src")) {
    if (!file.is_regular_file()) continue;
    const std::string code = test::text_at(file.path());
    for (std::size_t at = code.find("\"VL1."); at != std::string::npos;
         at = code.find("\"VL1.", at + 1)) {
      labels.insert(code.substr(at + 1, code.find('"', at + 1) - at - 1));
    }
  }
  CHECK(labels.size() > 25);
  for (const std::string& label : labels) {
    CAPTURE(label);
    CHECK(label.size() <= 16);
    if (label.starts_with("VL1.state") || label.starts_with("VL1.credential")) continue;
    CHECK(notation.find("`" + label + "`") != std::string::npos);
  }
}

}  // namespace valise
