#include "support/app_folders.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <random>
#include <stdexcept>

#include "support/app_layouts.hpp"
#include "support/sample_database.hpp"

namespace valise::test {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFirstSecond = 1'704'067'200;  // 2024-01-01
constexpr std::size_t kLargest = 40'000;

std::string filled_in(std::string_view statement,
                      const std::vector<std::pair<char, std::string>>& values) {
  std::string out;
  for (std::size_t i = 0; i < statement.size(); ++i) {
    const char letter = i + 1 < statement.size() ? statement[i + 1] : '\0';
    const auto value = std::find_if(values.begin(), values.end(),
                                    [&](const auto& pair) { return pair.first == letter; });
    if (statement[i] != '%' || value == values.end()) {
      out += statement[i];
    } else {
      out += value->second;
      ++i;
    }
  }
  return out;
}

std::string hex_of(std::uint64_t number) {
  constexpr char kDigits[] = "0123456789abcdef";
  return {kDigits[number >> 4 & 15], kDigits[number & 15]};
}

/// Below the root; the same number has the same path.
std::string file_name(const AppLayout& layout, std::uint64_t number) {
  const std::string name = "file-" + std::to_string(number) + std::string(layout.extension);
  if (!layout.nested) return name;
  const std::string folder = hex_of(number * 37);
  return number % 3 == 0 ? folder + "/" + name : folder + "/" + hex_of(number) + "/" + name;
}

/// Of ten files one is empty, one has the content of another, four are texts.
std::string content_of(std::uint64_t number, std::uint64_t seed) {
  if (number % 10 == 3) return {};
  if (number % 10 == 7) number = 7;
  std::mt19937_64 random(seed * 1'000'003 + number);
  std::string content(1 + random() % kLargest, '\0');
  for (char& byte : content) {
    byte = static_cast<char>(number % 2 == 0 ? random() % 256 : 'a' + random() % 4);
  }
  return content;
}

/// Returns the size.
std::size_t write_file(const fs::path& path, std::uint64_t number, std::uint64_t seed) {
  const std::string content = content_of(number, seed);
  fs::create_directories(path.parent_path());
  {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out << content;
    if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
  }
  const auto second = static_cast<time_t>(kFirstSecond + static_cast<std::int64_t>(number) * 60);
  const std::array<timespec, 2> times{timespec{second, 0},
                                      timespec{second, static_cast<long>(number % 1000) * 1'000}};
  if (chmod(path.c_str(), number % 4 == 0 ? 0600 : 0644) != 0 ||
      utimensat(AT_FDCWD, path.c_str(), times.data(), 0) != 0) {
    throw std::runtime_error("cannot set mode and time of " + path.string());
  }
  return content.size();
}

void add_messages(SampleConnection& connection, const AppLayout& layout, std::int64_t first,
                  std::uint32_t count) {
  if (count == 0) return;
  connection.execute(filled_in(
      layout.messages, {{'f', std::to_string(first)}, {'l', std::to_string(first + count - 1)}}));
}

/// The relative path of what the app wrote.
std::string relative_path(const AppLayout& layout, const std::string& stored) {
  return std::string(layout.root) + stored.substr(layout.stored_prefix.size());
}

std::vector<std::string> stored_paths(SampleConnection& connection, const AppLayout& layout) {
  std::vector<std::string> paths;
  if (layout.paths.empty()) return paths;
  const std::string rows = connection.rows(std::string(layout.paths));
  for (std::size_t at = 0; at < rows.size();) {
    const std::size_t end = rows.find('\n', at);
    paths.push_back(rows.substr(at + 1, end - at - 2));  // Without the quotes.
    at = end + 1;
  }
  return paths;
}

std::int64_t count_messages_of(SampleConnection& connection, const AppLayout& layout) {
  const bool apple = layout.schema.find("ZWAMESSAGE") != std::string_view::npos;
  const bool desktop = layout.app == "signal-desktop";
  const std::string table = apple                    ? "ZWAMESSAGE"
                            : layout.app == "sqlite" ? "note"
                            : desktop                ? "messages WHERE id LIKE 'm-%'"
                            : layout.app == "signal-android" || layout.app == "whatsapp-android"
                                ? "message WHERE _id BETWEEN 1 AND 1000000000"
                                : "message";
  return connection.number("SELECT count(*) FROM " + table);
}

}  // namespace

const std::vector<std::string>& app_folder_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const AppLayout& layout : app_layouts()) names.emplace_back(layout.app);
    return names;
  }();
  return kNames;
}

AppFolder make_app_folder(const std::string& app, const fs::path& folder,
                          const AppFolderOptions& options) {
  const AppLayout& layout = app_layout(app);
  AppFolder made{app, folder, folder / layout.database, {}, {}, {}};
  fs::create_directories(made.database.parent_path());
  {
    SampleConnection connection(made.database);
    connection.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF");
    connection.execute(std::string(layout.schema));
  }
  std::uint64_t number = 900'001;
  for (const std::string_view path : layout.unnamed) {
    write_file(folder / path, number, options.seed);
    number += 2;
    made.unnamed.emplace_back(path);
  }
  grow_app_folder(made, options);
  return made;
}

void grow_app_folder(AppFolder& folder, const AppFolderOptions& more) {
  const AppLayout& layout = app_layout(folder.app);
  SampleConnection connection(folder.database);
  connection.execute("PRAGMA synchronous=OFF; BEGIN");
  const std::int64_t messages = count_messages_of(connection, layout);
  add_messages(connection, layout, messages + 1, more.messages);
  const std::uint64_t first = folder.named.size() + folder.missing.size() + 1;
  const std::uint64_t count = layout.attachment.empty() ? 0 : more.files + more.missing;
  for (std::uint64_t number = first; number < first + count; ++number) {
    const std::string name = file_name(layout, number);
    const std::string path = std::string(layout.root) + name;
    const bool there = number < first + more.files;
    const std::size_t size = there ? write_file(folder.base / path, number, more.seed) : 12'345;
    (there ? folder.named : folder.missing).push_back(path);
    const auto message = messages + more.messages > 0
                             ? static_cast<std::int64_t>(number) % (messages + more.messages) + 1
                             : 1;
    connection.execute(
        filled_in(layout.attachment, {{'n', std::to_string(number)},
                                      {'m', std::to_string(message)},
                                      {'p', std::string(layout.stored_prefix) + name},
                                      {'s', std::to_string(size)}}));
  }
  connection.execute("COMMIT");
  std::sort(folder.named.begin(), folder.named.end());
  std::sort(folder.missing.begin(), folder.missing.end());
}

AppFolder read_app_folder(const std::string& app, const fs::path& folder) {
  const AppLayout& layout = app_layout(app);
  AppFolder found{app, folder, folder / layout.database, {}, {}, {}};
  for (const std::string_view path : layout.unnamed) found.unnamed.emplace_back(path);
  SampleConnection connection(found.database);
  for (const std::string& stored : stored_paths(connection, layout)) {
    std::string path = relative_path(layout, stored);
    (fs::exists(folder / path) ? found.named : found.missing).push_back(std::move(path));
  }
  std::sort(found.named.begin(), found.named.end());
  std::sort(found.missing.begin(), found.missing.end());
  return found;
}

}  // namespace valise::test
