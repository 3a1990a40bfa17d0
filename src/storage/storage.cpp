#include "storage/storage.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/hex.hpp"

namespace valise {
namespace {

bool is_name_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

bool lies_in(const ObjectName& name, std::string_view folder) noexcept {
  return name.starts_with(folder) && (name.size() == folder.size() || name[folder.size()] == '/');
}

}  // namespace

std::vector<ObjectInfo> Storage::list(const std::string& folder) const {
  std::vector<ObjectInfo> found;
  scan(folder, [&](ObjectInfo object) { found.push_back(std::move(object)); });
  std::sort(found.begin(), found.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.name < b.name; });
  return found;
}

Bytes read_object(const Storage& storage, const ObjectName& name, std::uint64_t bytes_max) {
  const auto size = storage.size(name);
  if (!size) {
    throw Error(ErrorKind::not_found, "there is no " + name + " in " + storage.describe());
  }
  if (*size > bytes_max) {
    throw Error(ErrorKind::limit, name + " in " + storage.describe() + " has " +
                                      std::to_string(*size) +
                                      " bytes; an object of its kind has "
                                      "at most " +
                                      std::to_string(bytes_max));
  }
  Bytes content(static_cast<std::size_t>(*size));
  storage.read(name, 0, content);
  return content;
}

bool put_object(Storage& storage, const ObjectName& name, ByteSpan content) {
  const auto writer = storage.put(name);
  writer->write(content);
  return writer->commit();
}

bool valid_object_name(const ObjectName& name) noexcept {
  if (name.empty() || name.size() > kObjectNameBytesMax) return false;
  char before = '/';
  for (const char c : name) {
    if (c != '/' && !is_name_character(c)) return false;
    if (before == '/' && (c == '/' || c == '.')) return false;
    before = c;
  }
  return before != '/';
}

bool reserved_object_name(const ObjectName& name) noexcept {
  return lies_in(name, "tmp") || lies_in(name, "damaged");
}

ObjectName set_aside_name(const ObjectName& name, unsigned number) {
  ObjectName flat = name;
  std::replace(flat.begin(), flat.end(), '/', '_');
  flat.insert(0, "damaged/");
  return number > 1 ? flat + "." + std::to_string(number) : flat;
}

std::string printable_name(std::string_view name) {
  std::string shown;
  for (const char c : name) {
    if (c >= 0x20 && c < 0x7f && c != '%') {
      shown += c;
    } else {
      shown += '%' + hex(bytes_of(std::string_view(&c, 1)));
    }
  }
  return shown;
}

void require_object_name(const ObjectName& name) {
  if (valid_object_name(name)) return;
  throw Error(ErrorKind::storage, "\"" + printable_name(name) + "\" is not the name of an object");
}

void require_put_name(const ObjectName& name) {
  require_object_name(name);
  if (!reserved_object_name(name)) return;
  throw Error(ErrorKind::storage, name + " lies in a folder that the storage keeps for itself");
}

void require_folder_name(const std::string& folder) {
  if (!folder.empty()) require_object_name(folder);
}

void fail_short_object(const Storage& storage, const ObjectName& name, std::uint64_t offset,
                       std::uint64_t asked, std::uint64_t got) {
  throw Error(ErrorKind::corrupt, name + " in " + storage.describe() + " is too short: of " +
                                      std::to_string(asked) + " bytes at " +
                                      std::to_string(offset) + " it has " + std::to_string(got));
}

}  // namespace valise
