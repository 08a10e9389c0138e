# `cpack` makes a Debian package in the build folder; `cpack -G TGZ` an archive. The rpm's spec is
# cmd/packaging/rdbfs.spec.
set(RDBFS_MAINTAINER "rdbfs maintainers <rdbfs@lists.example.com>" CACHE STRING
	"who is named in packages: NAME <ADDRESS>")

set(packaging ${CMAKE_SOURCE_DIR}/cmd/packaging)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rdbfs)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "${RDBFS_MAINTAINER}")
set(CPACK_PACKAGE_VENDOR "rdbfs maintainers")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "RethinkDB backups as ordinary files")
set(CPACK_PACKAGE_DESCRIPTION
"rdbfs mounts a folder or an S3 bucket of RethinkDB backups as ordinary files:
documents can be read with cat and jq without unpacking a dump, a backup starts
by writing to a file, and copying a directory restores it.
.
Its commands dump and restore do what those of RethinkDB do, faster and without
temporary space; others list, check and compare backups. They need no mount.")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
	OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# What is installed follows a prefix that cmake --install may be given, so the package is staged by
# just that.
set(CPACK_INSTALL_CMAKE_PROJECTS "")
set(CPACK_INSTALL_SCRIPTS ${packaging}/stage.cmake)
set(CPACK_RDBFS_BUILD ${CMAKE_BINARY_DIR})
set(CPACK_RDBFS_PACKAGING ${packaging})
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS fuse3) # everything but mounting works without
set(CPACK_DEBIAN_PACKAGE_SUGGESTS jq)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
	"${packaging}/postinst;${packaging}/postrm;${packaging}/conffiles")
include(CPack)
