#include "storage/local_storage.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/rename.hpp"
#include "base/retry.hpp"
#include "storage/local_writer.hpp"

namespace valise {
namespace {

// Nobody quarantines one object this often; the loop must end all the same.
constexpr unsigned kSetAsideMax = 10000;

[[noreturn]] void fail_not_found(const LocalFolder& folder, const ObjectName& name) {
  throw Error(ErrorKind::not_found, "there is no " + name + " in " + folder.path().string());
}

[[noreturn]] void fail_not_a_file(const LocalFolder& folder, const ObjectName& name) {
  throw Error(ErrorKind::corrupt, name + " in " + folder.path().string() +
                                      " is not a regular file; no object of a vault is anything "
                                      "else: move it away");
}

// O_NONBLOCK: a pipe in the place of an object must not make us wait for its writer.
constexpr int kReadFlags = O_RDONLY | O_NONBLOCK;

/// Opens the object for reading, one part of its name after the other.
UniqueFd open_by_walk(const LocalFolder& folder, const ObjectName& name) {
  const auto place = folder.find(name);
  if (!place) fail_not_found(folder, name);
  UniqueFd fd(retry_interrupted([&] {
    return openat(place->folder.get(), place->leaf.c_str(), kReadFlags | O_NOFOLLOW | O_CLOEXEC);
  }));
  if (!fd && errno == ENOENT) fail_not_found(folder, name);
  if (!fd && errno == ELOOP) fail_not_a_file(folder, name);
  if (!fd) fail_file(ErrorKind::storage, "cannot open", folder.path_of(name), errno);
  return fd;
}

/// Opens the object for reading in one step if it can be done so.
UniqueFd open_object(const LocalFolder& folder, const ObjectName& name) {
  UniqueFd fd = folder.open_directly(name, kReadFlags);
  if (!fd) fd = open_by_walk(folder, name);
  struct stat info {};
  if (fstat(fd.get(), &info) != 0) {
    fail_file(ErrorKind::storage, "cannot open", folder.path_of(name), errno);
  }
  if (!S_ISREG(info.st_mode)) fail_not_a_file(folder, name);
  return fd;
}

/// What stands in the object's place; nothing when nothing does.
std::optional<struct stat> look_at(const LocalFolder& folder, const ObjectName& name) {
  struct stat info {};
#ifdef O_PATH
  const UniqueFd fd = folder.open_directly(name, O_PATH);
  if (fd && fstat(fd.get(), &info) == 0) return info;
#endif
  const auto place = folder.find(name);
  if (!place) return std::nullopt;
  if (fstatat(place->folder.get(), place->leaf.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
    return info;
  }
  if (errno != ENOENT) {
    fail_file(ErrorKind::storage, "cannot look at", folder.path_of(name), errno);
  }
  return std::nullopt;
}

/// Writes the same small object twice: the second must be refused. What it leaves behind is gone
/// afterwards, tmp/ included.
void require_rename(LocalStorage& storage, const LocalFolder& folder) {
  const ObjectName probe = "probe";
  const bool first = put_object(storage, probe, bytes_of(probe));
  const bool second = put_object(storage, probe, bytes_of(probe));
  storage.remove(probe);
  unlinkat(folder.fd(), "tmp", AT_REMOVEDIR);
  if (!first || second) {
    throw Error(ErrorKind::storage,
                "cannot make a vault in " + folder.path().string() + ": " + kNoRenameReason);
  }
}

}  // namespace

LocalStorage LocalStorage::open(const std::filesystem::path& folder) {
  UniqueFd fd(retry_interrupted(
      [&] { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) {
    throw Error(ErrorKind::not_found,
                "there is no folder " + folder.string() +
                    "; make a vault with \"valise init\", or, if it lies on a drive or a server, "
                    "connect that first");
  }
  if (!fd) fail_file(ErrorKind::storage, "cannot open the folder", folder, errno);
  return LocalStorage(LocalFolder(std::move(fd), folder));
}

LocalStorage LocalStorage::create(const std::filesystem::path& folder) {
  make_folders(folder);
  LocalStorage storage = open(folder);
  for (const std::string& name : names_in(storage.folder_.fd(), folder)) {
    if (name == "tmp") continue;
    throw Error(ErrorKind::usage,
                folder.string() + " is not empty: it holds " + printable_name(name) +
                    "; give a new or empty folder, for example " + (folder / "valise").string());
  }
  require_rename(storage, storage.folder_);
  return storage;
}

std::unique_ptr<ObjectWriter> LocalStorage::put(const ObjectName& name) {
  require_put_name(name);
  return write_local_object(folder_, name);
}

void LocalStorage::read(const ObjectName& name, std::uint64_t offset, MutableByteSpan out) const {
  require_object_name(name);
  const UniqueFd fd = open_object(folder_, name);
  const std::size_t got = read_at(fd.get(), out, offset, folder_.path_of(name));
  if (got != out.size()) fail_short_object(*this, name, offset, out.size(), got);
}

std::optional<std::uint64_t> LocalStorage::size(const ObjectName& name) const {
  require_object_name(name);
  const auto info = look_at(folder_, name);
  if (!info) return std::nullopt;
  if (!S_ISREG(info->st_mode)) fail_not_a_file(folder_, name);
  return static_cast<std::uint64_t>(info->st_size);
}

void LocalStorage::scan(const std::string& folder,
                        const std::function<void(ObjectInfo)>& visit) const {
  require_folder_name(folder);
  folder_.scan(folder, visit);
}

void LocalStorage::remove(const ObjectName& name) {
  require_object_name(name);
  const auto place = folder_.find(name);
  if (!place) return;
  if (unlinkat(place->folder.get(), place->leaf.c_str(), 0) != 0) {
    if (errno == ENOENT) return;
    fail_file(ErrorKind::storage, "cannot remove", folder_.path_of(name), errno);
  }
  // A key file that was given up must not come back with the next loss of power.
  sync_folder(place->folder.get(), folder_.path_of(name).parent_path());
}

void LocalStorage::set_aside(const ObjectName& name) {
  require_put_name(name);
  const auto from = folder_.find(name);
  if (!from) fail_not_found(folder_, name);
  for (unsigned number = 1; number <= kSetAsideMax; ++number) {
    const ObjectPlace to = folder_.make(set_aside_name(name, number));
    const int error = rename_if_absent_at(from->folder.get(), from->leaf.c_str(), to.folder.get(),
                                          to.leaf.c_str());
    if (error == EEXIST) continue;
    if (error == ENOENT) fail_not_found(folder_, name);
    if (error != 0) {
      fail_file(ErrorKind::storage, "cannot set aside", folder_.path_of(name), error);
    }
    // The new name first: at no moment may neither be on the disk.
    sync_folder(to.folder.get(), folder_.path_of("damaged"));
    sync_folder(from->folder.get(), folder_.path_of(name).parent_path());
    return;
  }
  throw Error(ErrorKind::limit, "cannot set aside " + folder_.path_of(name).string() + ": " +
                                    folder_.path_of("damaged").string() +
                                    " holds too many objects of that name; empty it");
}

std::string LocalStorage::describe() const { return folder_.path().string(); }

std::uint64_t LocalStorage::sweep_leftovers(std::int64_t seconds) {
  const auto fd = folder_.open_folder("tmp");
  if (!fd) return 0;
  struct Leftover {
    std::string leaf;
    std::int64_t modified;
  };
  std::vector<Leftover> found;
  for (const std::string& leaf : names_in(fd->get(), folder_.path_of("tmp"))) {
    struct stat info {};
    if (is_leftover_name(leaf) &&
        fstatat(fd->get(), leaf.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(info.st_mode)) {
      found.push_back({leaf, info.st_mtime});
    }
  }
  if (found.empty()) return 0;
  const auto now = storage_time(folder_);
  if (!now) return 0;
  std::uint64_t removed = 0;
  for (const Leftover& one : found) {
    if (one.modified >= *now - seconds) continue;
    if (unlinkat(fd->get(), one.leaf.c_str(), 0) == 0) ++removed;
  }
  return removed;
}

}  // namespace valise
