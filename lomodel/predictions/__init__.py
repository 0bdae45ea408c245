"""The book's predictions, one module a page: its ``TITLE`` and its ``PREDICTIONS``, in its order.

``lomodel.explore.foretell`` finds every module here.
"""
