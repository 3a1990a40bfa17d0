#include "cli/audit_inputs.hpp"

#include <charconv>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <set>

#include "cli/places.hpp"
#include "cli/utf8.hpp"
#include "valise/error.hpp"

namespace valise::cli {

namespace {

std::uint64_t unit_seconds(char unit) noexcept {
  switch (unit) {
    case 'h':
      return 3600;
    case 'd':
      return 24 * 3600;
    case 'w':
      return 7 * 24 * 3600;
    default:
      return 0;
  }
}

std::filesystem::path without_last_slash(const std::filesystem::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

// Without dots and a slash at the end; links stay.
std::filesystem::path tidied(const std::filesystem::path& path) {
  return without_last_slash(path.lexically_normal());
}

// Without links, dots and a slash at the end, as far as the path is there.
std::filesystem::path followed(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
  return error ? tidied(path) : without_last_slash(real);
}

}  // namespace

std::uint64_t parse_age(const std::string& typed, const std::string& what) {
  std::uint64_t count = 0;
  const char* const end = typed.data() + typed.size();
  const auto [rest, error] = std::from_chars(typed.data(), end, count);
  const std::uint64_t unit = error == std::errc() && rest + 1 == end ? unit_seconds(*rest) : 0;
  if (unit == 0 || count == 0 || count > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorKind::usage, what + ": \"" + printable(typed) +
                                      "\" is no age; give a number and h, d or w, as in 36h, 2d "
                                      "or 4w");
  }
  return count * unit;
}

std::vector<std::filesystem::path> read_path_list(std::istream& in, const std::string& what) {
  constexpr const char* kBlank = " \t\r";
  constexpr const char* kByteOrderMark = "\xef\xbb\xbf";
  std::vector<std::filesystem::path> paths;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    if (++number == 1 && line.starts_with(kByteOrderMark)) line.erase(0, 3);
    if (line.find('\0') != std::string::npos) {
      throw Error(ErrorKind::usage,
                  what + ": line " + std::to_string(number) + " has a NUL and is no path");
    }
    const std::size_t begin = line.find_first_not_of(kBlank);
    if (begin == std::string::npos || line[begin] == '#') continue;
    const std::size_t last = line.find_last_not_of(kBlank);
    paths.push_back(absolute_path(line.substr(begin, last - begin + 1), what));
  }
  if (in.bad()) throw Error(ErrorKind::storage, what + ": it could not be read to its end");
  if (paths.empty()) throw Error(ErrorKind::usage, what + ": it names no vault, one path a line");
  return paths;
}

// By path and not by inode, which the host of a network's file system makes up: it could let a
// vault go unaudited.
OneWayEach one_way_each(const std::vector<std::filesystem::path>& paths) {
  OneWayEach each;
  std::map<std::filesystem::path, std::filesystem::path> first_ways;
  std::set<std::filesystem::path> typed;
  for (const std::filesystem::path& path : paths) {
    const bool typed_before = !typed.insert(tidied(path)).second;
    const auto [found, fresh] = first_ways.emplace(followed(path), path);
    if (fresh) {
      each.paths.push_back(path);
    } else if (!typed_before) {
      each.by_link.emplace_back(path, found->second);
    }
  }
  return each;
}

std::vector<std::filesystem::path> paths_from(const std::string& file, const std::string& what) {
  if (file == "-") return read_path_list(std::cin, what);
  const std::filesystem::path path = absolute_path(file, what);
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  // Before it is opened: a pipe would make us wait for its writer.
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw Error(ErrorKind::usage, what + ": " + printable(path.native()) +
                                      " is not a regular file, and no list of paths; - reads one "
                                      "from standard input");
  }
  std::ifstream in(path);
  if (!in) {
    throw Error(ErrorKind::usage, what + ": cannot open " + printable(path.native()));
  }
  return read_path_list(in, what);
}

}  // namespace valise::cli
